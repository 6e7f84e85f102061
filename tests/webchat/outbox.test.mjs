import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { ApiError } from '../../webchat/src/api.js';
import { Outbox } from '../../webchat/src/outbox.js';
import { Store } from '../../webchat/src/store.js';
import { FakeStorage, settle } from './fakes.mjs';

let store;
let calls;
let answers;
let states;
let outbox;

function makeOutbox() {
  return new Outbox({
    store,
    lastEventId: () => 7,
    onChange: ({ id, state, reason }) => states.set(id, reason ? `${state}: ${reason}` : state),
    deliver: async ({ externalId }) => {
      calls.push(externalId);
      const answer = answers.shift() || { eventId: 100 + calls.length };
      if (answer instanceof Error) throw answer;
      return answer;
    },
  });
}

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: 1000000 });
  store = new Store('p:', new FakeStorage());
  calls = [];
  answers = [];
  states = new Map();
  outbox = makeOutbox();
});

async function pass(milliseconds) {
  mock.timers.tick(milliseconds);
  await settle();
}

const add = (id) => outbox.add({ externalId: id, message: { type: 'text', text: id } });

test('messages go one by one, in order, and leave the store when sent', async () => {
  add('a');
  add('b');
  await settle();
  assert.deepEqual(calls, ['a', 'b']);
  assert.deepEqual([...states.values()], ['sent', 'sent']);
  assert.deepEqual(store.keys(), []);
});

test('a message that finds no service is tried again before the next one', async () => {
  answers = [new ApiError(0), new ApiError(503)];
  add('a');
  add('b');
  await settle();
  assert.deepEqual(calls, ['a']);
  await pass(1000);
  await pass(2000);
  assert.deepEqual(calls, ['a', 'a', 'a', 'b']);
});

test('after ten seconds the visitor is told the truth', async () => {
  answers = Array.from({ length: 50 }, () => new ApiError(0));
  add('a');
  await pass(9999);
  assert.equal(states.get('a'), 'sending');
  await pass(1);
  assert.equal(states.get('a'), 'delayed');
});

test('Retry-After is kept to by a reconnection, not by the visitor', async () => {
  answers = [new ApiError(429, {}, 5000)];
  add('a');
  await settle();
  outbox.wake();
  await settle();
  assert.deepEqual(calls, ['a']);
  outbox.retryNow();
  await settle();
  assert.deepEqual(calls, ['a', 'a']);
});

test('a refused message fails with its reason, lets the next pass, and can be tried again', async () => {
  answers = [new ApiError(400, { code: 207, description: 'Too long.' })];
  add('a');
  add('b');
  await settle();
  assert.equal(states.get('a'), 'failed: tooLarge');
  assert.equal(states.get('b'), 'sent');
  assert.equal(store.get('outbox:a').anchor, 7);
  outbox.retry('a');
  await settle();
  assert.equal(states.get('a'), 'sent');
  assert.deepEqual(calls, ['a', 'b', 'a']);
});

test('a refused message can be taken back, also from the other tab; one on its way cannot', async () => {
  answers = [new ApiError(400, { code: 207 }), new ApiError(0)];
  add('a');
  add('b');
  await settle();
  const other = makeOutbox();
  other.load();
  assert.equal(outbox.takeBack('b'), undefined);
  assert.equal(outbox.takeBack('a').activity.message.text, 'a');
  assert.equal(states.get('a'), 'gone: tooLarge');
  assert.deepEqual(store.keys('outbox:'), ['outbox:b']);
  states.clear();
  other.follow('outbox:a');
  assert.equal(states.get('a'), 'gone: tooLarge');
  assert.equal(outbox.takeBack('a'), undefined);
});

test('what is unsent is taken up by the next page, in order, under the same ids', async () => {
  answers = [new ApiError(0)];
  add('b');
  add('a');
  await settle();
  outbox.stop();
  outbox = makeOutbox();
  outbox.load();
  await settle();
  assert.deepEqual(calls, ['b', 'b', 'a']);
  assert.deepEqual(store.keys(), []);
});

test('an echo settles a message whose answer was lost', async () => {
  answers = [new ApiError(0)];
  add('a');
  await settle();
  outbox.settle('a', 55);
  await pass(60000);
  assert.deepEqual(calls, ['a']);
  assert.equal(states.get('a'), 'sent');
});

test('a message of another tab is shown, and sent by whoever has the turn', async () => {
  answers = [new ApiError(0)];
  const other = makeOutbox();
  add('a');
  await settle();
  other.follow('outbox:a');
  await settle();
  assert.deepEqual(calls, ['a']);
  outbox.stop();
  await pass(2000);
  assert.deepEqual(calls, ['a', 'a']);
});

test('what another tab has sent is not sent again', async () => {
  answers = [new ApiError(0)];
  add('a');
  await settle();
  store.remove('outbox:a');
  outbox.follow('outbox:a');
  await pass(60000);
  assert.deepEqual(calls, ['a']);
});

test('a retry in another tab is a retry here', async () => {
  answers = [new ApiError(400, { code: 207, description: 'Too long.' })];
  add('a');
  await settle();
  store.set('outbox:a', { ...store.get('outbox:a'), state: 'sending', reason: undefined });
  outbox.follow('outbox:a');
  await settle();
  assert.equal(states.get('a'), 'sent');
});
