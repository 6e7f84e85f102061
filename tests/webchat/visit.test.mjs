import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { Store } from '../../webchat/src/store.js';
import { Visit } from '../../webchat/src/visit.js';
import { FakeSocket, FakeStorage } from './fakes.mjs';

const OTHERS = { status: 404, code: 6500 };
const CLOSED = { status: 400, code: 6501 };

let asked; // [method, what, body]
let refusals; // of the next messages, files and signals
let states; // of the messages and files
let visit;

const answer = (status, body) => ({ ok: status === 200, status, headers: new Headers(), json: async () => body });
const refuse = ({ status, code }) => answer(status, { errors: [{ code, description: 'No.' }] });

/** The service: it knows the visitor by the binding, whatever the token. */
async function fetch(url, { method, body }) {
  const { pathname } = new URL(url);
  const what = pathname.split('/').slice(-2).join('/');
  asked.push([method, what, body && JSON.parse(body)]);
  if (what.startsWith('token/')) return answer(200, { access_token: 'new', expires_in: 86400 });
  if (what === 'conversations/establish') return answer(200, { conversationId: 'c2' });
  return refusals.length ? refuse(refusals.shift()) : answer(200, { eventId: 9, conversationId: what.split('/').pop() });
}

class FakeRequest {
  constructor() {
    this.upload = {};
  }

  open(method, url) {
    this.what = new URL(url).pathname.split('/').slice(-2).join('/');
  }

  setRequestHeader() {}

  getResponseHeader() {
    return null;
  }

  send(body) {
    asked.push(['POST', this.what, { externalId: body.get('externalId') }]);
    const { status = 200, code } = refusals.shift() || {};
    this.status = status;
    this.responseText = JSON.stringify(code ? { errors: [{ code }] } : { eventId: 9, conversationId: 'c2' });
    this.onloadend();
  }
}

const settle = async () => {
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => { setImmediate(resolve); });
};
const asks = (what) => asked.filter(([, one]) => one === what);
const keys = (what) => asks(what).map(([, , body]) => body.externalId);

beforeEach(async () => {
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: 1000000 });
  FakeSocket.all.length = 0;
  Object.assign(globalThis, { fetch, WebSocket: FakeSocket, XMLHttpRequest: FakeRequest });
  asked = [];
  refusals = [];
  states = [];
  const store = new Store('p:', new FakeStorage());
  store.set('session', { conversationId: 'c1', visitedAt: Date.now() });
  store.set('secret', 'held');
  store.set('token', { value: 'ended', renewAt: 0, expiresAt: 0 });
  const config = { integrationId: 'i', engineEndpoint: 'https://hub.example', eventsEndpoint: 'wss://hub.example',
    sessionTTL: 10, filesSize: 1, host: {} };
  const onUpload = ({ state }) => states.push(state);
  visit = new Visit({ config, visitor: {}, store, onChange() {}, onUpload, onFailed() {} });
  visit.start();
  await settle();
});

/** The socket is connected, to whatever conversation. */
async function connected() {
  FakeSocket.last.open();
  await settle();
}

for (const refusal of [OTHERS, CLOSED]) {
  test(`a message that is refused with ${refusal.code} goes once more, under its key, to the next conversation`, async () => {
    refusals = [refusal];
    visit.send({ type: 'text', text: 'Hello' });
    await settle();
    const [[, , { binding }]] = asks('conversations/establish');
    assert.equal(binding, 'held');
    assert.equal(asks('conversations/establish').length, 1);
    assert.deepEqual(keys('web-chat/c2'), keys('web-chat/c1'));
    assert.equal(keys('web-chat/c2').length, 1);
    assert.deepEqual(visit.timeline.items.map(({ state }) => state), ['sent']);
    assert.match(FakeSocket.last.url, /cId=c2/);
  });
}

test('a file goes once more, too', async () => {
  refusals = [OTHERS];
  visit.sendFile(new File(['x'], 'a.txt', { type: 'text/plain' }));
  await settle();
  assert.deepEqual(keys('c2/files'), keys('c1/files'));
  assert.equal(keys('c2/files').length, 1);
  assert.equal(states.at(-1), 'sent');
});

test('a second refusal is told', async () => {
  refusals = [OTHERS, OTHERS];
  visit.send({ type: 'text', text: 'Hello' });
  await settle();
  assert.deepEqual(visit.timeline.items.map(({ state }) => state), ['failed']);
  assert.equal(asks('conversations/establish').length, 1);
});

test('a forced transfer goes although the visitor\'s clock is fast', async () => {
  const gone = [];
  Object.assign(globalThis, { document: { hidden: false } });
  globalThis.location = { origin: 'https://shop.example', assign: (url) => gone.push(url) };
  visit.send({ type: 'text', text: 'Where are shoes?' });
  await connected();
  const payload = { url: 'https://shop.example/shoes', force: true };
  const event = { type: 'payload', payloadType: 'hubster.transfer', payload };
  FakeSocket.last.send({ type: 'event', eventId: 10, sender: { integrationType: 'Agent' }, event });
  assert.deepEqual(gone, ['https://shop.example/shoes']);
});

for (const [refusal, count] of [[OTHERS, 2], [CLOSED, 1]]) {
  test(`after a signal that is refused with ${refusal.code} ${count - 1} more is tried`, async () => {
    await connected();
    refusals = [refusal];
    for (const eventId of [1, 2]) {
      await visit.seen.see(eventId);
      await settle();
    }
    assert.equal(asks('web-chat/c1').length, count);
  });
}
