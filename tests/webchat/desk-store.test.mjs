import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { deskModule } from './desk-modules.mjs';
import { FakeStorage } from './fakes.mjs';

globalThis.document = { body: { dataset: { base: '/admin/desk/', me: '7' } } };
const { createStore } = await deskModule('store.js');
const { createEvents } = await deskModule('events.js');
const { createOutbox } = await deskModule('outbox.js');

let said; // what the server has of each conversation
let asked; // the addresses
let held; // what the answer of a whole list waits for
let receipts; // what the customer has seen, by conversation
let counts; // what the badge was told
let someone; // who is logged in
let faults; // their statuses
let hubs; // and what the choice of hubs was
let failures; // part of an address -> statuses of its next answers
let store;
let hear;

const row = (id) => ({ id, lastSaid: said[id].at(-1), unanswered: true, closed: false, typingFor: 0 });
const flush = async () => {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => { setImmediate(resolve); });
};

function answerTo(url) {
  const id = url.pathname.split('/')[4];
  if (!id) {
    const ids = url.searchParams.get('ids')?.split(',') || Object.keys(said);
    const unanswered = url.searchParams.get('hub') ? 1 : ids.length;
    return { conversations: ids.map(row), more: false, unanswered, me: someone, hubs: [{ id: 'h1', name: 'Shop' }] };
  }
  const activities = said[id].map((eventId) => ({ id: `${id}${eventId}`, eventId }));
  return { conversation: { ...row(id), seenByCustomer: receipts[id] || 0 }, activities, more: false };
}

async function fetch(path) {
  asked.push(path);
  const part = Object.keys(failures).find((one) => path.includes(one) && failures[one].length);
  const answer = part ? null : answerTo(new URL(path, 'https://hub.example'));
  if (path.includes('kind=')) await held;
  if (part) return { ok: false, status: failures[part].shift(), json: async () => ({ error: 'No.' }) };
  return { ok: true, status: 200, json: async () => answer };
}

const thread = () => store.thread()?.items.map((item) => item.eventId);
const rows = () => store.rows().map(({ id, lastSaid }) => `${id} ${lastSaid}`);

async function heard(frame) {
  hear(frame);
  await flush();
}

async function open(id) {
  await store.open(id).catch(() => {});
  await flush();
}

beforeEach(async () => {
  mock.timers.reset();
  mock.timers.enable({ apis: ['Date'], now: 1000000 });
  Object.assign(globalThis, { fetch, sessionStorage: new FakeStorage() });
  said = { ada: [1], bob: [2] };
  asked = [];
  failures = {};
  receipts = {};
  counts = [];
  someone = '7';
  faults = [];
  hubs = null;
  held = null;
  store = createStore({ rows() {}, thread() {}, fresh() {}, count: (number) => counts.push(number), hubs: (found) => { hubs = found; }, fault: (fault) => faults.push(fault.status) });
  hear = createEvents(store, { resume() {} });
  await store.load();
});

test('the open conversation shows what a lost hint has hidden', async () => {
  await open('ada');
  said.ada.push(3);
  await heard({});
  assert.deepEqual(thread(), [1, 3]);
  assert.deepEqual(rows(), ['ada 3', 'bob 2']);
});

test('a server that never falls silent hides nothing for long', async () => {
  await open('ada');
  said.ada.push(3);
  await heard({ conversations: ['bob'] });
  assert.deepEqual(thread(), [1]);
  mock.timers.tick(15000);
  await heard({ conversations: ['bob'] });
  assert.deepEqual(thread(), [1, 3]);
});

for (const status of [500, 502]) {
  test(`the open conversation is read again after an answer of ${status}`, async () => {
    await open('ada');
    said.ada.push(3);
    failures['/conversations/ada'] = [status];
    await heard({ conversations: ['ada'] });
    assert.deepEqual(thread(), [1]);
    await heard({});
    assert.deepEqual(thread(), [1, 3]);
  });
}

test('a conversation that could not be opened opens at the next sign of life', async () => {
  failures['/conversations/ada'] = [503];
  await open('ada');
  assert.equal(thread(), undefined);
  await heard({});
  assert.deepEqual(thread(), [1]);
});

test('one that is not there is not asked for again', async () => {
  failures['/conversations/ada'] = [404];
  await open('ada');
  asked = [];
  await heard({});
  assert.deepEqual(asked.filter((path) => path.includes('/ada')), []);
});

test('a row that could not be read is read at the next sign of life, in the middle of a search too', async () => {
  store.query.search = 'b';
  said.bob.push(3);
  failures['ids=bob'] = [502];
  await heard({ conversations: ['bob'] });
  assert.deepEqual(rows(), ['bob 2', 'ada 1']);
  await heard({});
  assert.deepEqual(rows(), ['bob 3', 'ada 1']);
  asked = [];
  await heard({});
  assert.deepEqual(asked, []);
});

test('a list that was slow hides nothing that was read meanwhile', async () => {
  let arrive;
  held = new Promise((resolve) => { arrive = resolve; });
  const loading = store.load();
  said.bob.push(3);
  said.cid = [4];
  await heard({ conversations: ['bob', 'cid'] });
  arrive();
  await loading;
  await flush();
  assert.deepEqual(rows(), ['cid 4', 'bob 3', 'ada 1']);
});

test('an answer that one request could not bring goes out at the next sign of life, under its key', async () => {
  const keys = [];
  const outbox = createOutbox(async (id, text, key) => {
    keys.push(key);
    if (keys.length === 1) throw Object.assign(new Error('502'), { offline: true });
    return { activity: { id: key } };
  }, () => {});
  hear = createEvents(store, outbox);
  outbox.add('ada', 'Hello');
  await flush();
  await heard({});
  assert.equal(keys.length, 2);
  assert.equal(keys[1], keys[0]);
  assert.deepEqual(outbox.of('ada'), []);
});

test('a receipt never goes backwards, whichever answer arrives last', async () => {
  receipts.ada = 3;
  await open('ada');
  receipts.ada = 1;
  await heard({ conversations: ['ada'] });
  assert.equal(store.thread().details.seenByCustomer, 3);
  receipts.ada = 4;
  await heard({ conversations: ['ada'] });
  assert.equal(store.thread().details.seenByCustomer, 4);
});

test('the badge counts what the list is narrowed to, also when a single row is read again', async () => {
  store.query.hub = 'h1';
  await store.load();
  await heard({ conversations: ['ada'] });
  assert.deepEqual(counts.slice(-2), [1, 1]);
});

test('a count that was asked for before another hub was chosen is not shown', async () => {
  hear({ conversations: ['ada'] });
  store.query.hub = 'h1';
  counts = [];
  await flush();
  assert.deepEqual(counts, []);
});

test('a new hub is to be chosen as soon as the socket tells of it, and no row moves', async () => {
  said.cid = [9];
  await heard({ hubs: true });
  assert.deepEqual(hubs, [{ id: 'h1', name: 'Shop' }]);
  assert.deepEqual(rows(), ['bob 2', 'ada 1']);
});

test('where somebody else has logged in, nothing of theirs is shown', async () => {
  someone = '8';
  said.ada.push(9);
  await heard({ conversations: ['ada'] });
  assert.deepEqual(faults, [401]);
  assert.deepEqual(rows(), ['bob 2', 'ada 1']);
});
