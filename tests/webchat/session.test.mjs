import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { Session } from '../../webchat/src/session.js';
import { FakeSocket, FakeStorage } from './fakes.mjs';

const MINUTE_MS = 60000;

let page; // what listens to the document
let who; // the bindingKey of whoever is signed in on the host page
let field; // the text that is shown to be sent
let session;

/** Somebody looks at the page again. */
const look = () => page.dispatchEvent(new Event('visibilitychange'));

function write(text) {
  field = text;
  session.draft = text;
}

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: 1000000 });
  page = Object.assign(new EventTarget(), { hidden: false });
  Object.assign(globalThis, { document: page, addEventListener() {}, WebSocket: FakeSocket });
  Object.assign(globalThis, { localStorage: new FakeStorage(), fetch: () => new Promise(() => {}) });
  who = 'ann';
  field = '';
  const host = { onConversation: () => ({ bindingKey: who }), mountOnLoad: () => 3000 };
  const config = { integrationId: 'i', engineEndpoint: '', eventsEndpoint: '', sessionTTL: 10, filesSize: 1, host };
  const onVisitor = () => {
    field = session.draft;
  };
  session = new Session({ config, onVisitor, onChange() {}, onUpload() {}, onUnknownIntegration() {} });
  session.start();
});

for (const [how, goOn] of [['opens the chat', () => session.start()], ['looks at it', look]]) {
  test(`the next visitor who ${how} finds nothing of the one before, who finds it again`, () => {
    write('my number is 4711');
    who = 'bob';
    goOn();
    assert.equal(field, '');
    write('from Bob');
    who = 'ann';
    goOn();
    assert.equal(field, 'my number is 4711');
  });
}

test('a session that is over leaves nothing in the field', () => {
  write('my number is 4711');
  mock.timers.tick(11 * MINUTE_MS);
  look();
  assert.equal(field, '');
});

test('the same visitor finds what is being written as it is', () => {
  write('half a sent');
  field = 'half a sente';
  session.start();
  look();
  assert.equal(field, 'half a sente');
});

test('whether the chat opens by itself is for the transfer to say, then for the host page', () => {
  globalThis.location = { origin: 'https://shop.example' };
  const transfer = { url: 'https://shop.example/b', label: '' };
  assert.deepEqual([-1, 0, 500, null].map((mount) => {
    session.leaveFor({ ...transfer, mount });
    return session.takeMount();
  }), [-1, 0, 500, 3000]);
});
