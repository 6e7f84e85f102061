import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { Store } from '../../webchat/src/store.js';
import { Turn } from '../../webchat/src/turn.js';
import { FakeStorage, settle } from './fakes.mjs';

let storage;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: 1000000 });
  storage = new FakeStorage();
});

const turn = () => new Turn({ name: 'n', store: new Store('p:', storage), locks: undefined });

async function pass(milliseconds) {
  for (let left = milliseconds; left > 0; left -= 500) {
    mock.timers.tick(500);
    await settle();
  }
}

/** Work that ends when the test says so. */
function job() {
  const made = { began: false };
  made.work = (isMine) => {
    Object.assign(made, { began: true, isMine });
    return new Promise((resolve) => Object.assign(made, { end: resolve }));
  };
  return made;
}

test('the second tab begins when the first is done', async () => {
  const [first, second] = [job(), job()];
  turn().take(first.work);
  turn().take(second.work);
  await pass(20000);
  assert.equal(first.isMine(), true);
  assert.equal(second.began, false);
  first.end();
  await pass(3000);
  assert.equal(second.began, true);
  second.end();
  await settle();
  assert.deepEqual(Object.keys(storage), []);
});

test('the lease of a tab that died ends by itself', async () => {
  storage.setItem('p:turn', JSON.stringify({ tab: 'dead', until: 1004000 }));
  const next = job();
  turn().take(next.work);
  await pass(3000);
  assert.equal(next.began, false);
  await pass(4000);
  assert.equal(next.began, true);
  next.end();
});

test('a lease from a future that cannot be is none', async () => {
  storage.setItem('p:turn', JSON.stringify({ tab: 'dead', until: 9000000 }));
  const next = job();
  turn().take(next.work);
  await settle();
  assert.equal(next.began, true);
  next.end();
});

test('a tab that slept finds its turn taken, and knows it', async () => {
  const first = job();
  turn().take(first.work);
  storage.setItem('p:turn', JSON.stringify({ tab: 'other', until: 1004000 }));
  await pass(1000);
  assert.equal(first.isMine(), false);
  first.end();
});

test('a lost lock ends one\'s own work and no other', async () => {
  const refused = [];
  const locks = {
    request: (name, options, run) => new Promise((resolve, reject) => {
      refused.push(() => reject(Object.assign(new Error('stolen'), { name: 'AbortError' })));
      run();
    }),
  };
  globalThis.document = { hidden: true };
  const tab = new Turn({ name: 'n', store: new Store('p:', storage), locks });
  const [first, second] = [job(), job()];
  const taken = tab.take(first.work);
  refused[0]();
  await taken;
  tab.take(second.work);
  assert.equal(first.isMine(), false);
  assert.equal(second.isMine(), true);
});
