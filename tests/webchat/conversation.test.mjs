import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { ApiError } from '../../webchat/src/api.js';
import { ServiceClock } from '../../webchat/src/clock.js';
import { Conversation } from '../../webchat/src/conversation.js';
import { Store } from '../../webchat/src/store.js';
import { FakeStorage } from './fakes.mjs';

const MINUTE_MS = 60000;

let clock;
let store;
let requests;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ['Date'], now: 1000000 });
  store = new Store('p:', new FakeStorage());
  clock = new ServiceClock(store);
  requests = [];
});

function conversation(visitor = {}, { askVisitor = () => visitor, refuses = () => false } = {}) {
  const api = {
    establish: async (token, body) => {
      requests.push(body);
      if (refuses(body)) throw new ApiError(401, { description: 'It has expired. (code: ENG000102)' });
      const isNew = requests.length === 1;
      const opened = { openedDateTime: new Date(Date.now() + (isNew ? -MINUTE_MS : MINUTE_MS)).toISOString(), isNew };
      return { conversationId: `c${requests.length}`, ...opened };
    },
  };
  const tokens = { with: (call) => call('t') };
  return new Conversation({ api, tokens, store, visitor, askVisitor, clock, config: { integrationId: 'i', sessionTTL: 10 } });
}

test('two who need it establish one conversation, and the next page goes on with it', async () => {
  const first = conversation();
  assert.deepEqual(await Promise.all([first.ensure(), first.ensure()]), ['c1', 'c1']);
  assert.equal(await conversation().ensure(), 'c1');
  assert.equal(requests.length, 1);
});

test('the time of opening tells the time of the service, that of a conversation found again does not', async () => {
  const first = conversation();
  await first.ensure();
  assert.equal(clock.now, Date.now() - MINUTE_MS);
  mock.timers.tick(MINUTE_MS);
  first.drop();
  await first.ensure();
  assert.equal(clock.ahead, MINUTE_MS);
});

test('the binding is a secret of 32 bytes, the same for a later conversation', async () => {
  const first = conversation();
  await first.ensure();
  first.drop();
  await first.ensure();
  assert.match(requests[0].binding, /^[\w-]{43}$/);
  assert.equal(requests[1].binding, requests[0].binding);
});

test('what the host page knows about the visitor goes along', async () => {
  await conversation({ bindingKey: 'ann', properties: { profile: { a: 1 } } }).ensure();
  assert.match(requests[0].binding, /^ann\.[\w-]{43}$/);
  assert.deepEqual(requests[0].properties, { profile: { a: 1 } });
  assert.equal(requests[0].channelType, 'WebChat');
});

test('a binding that the business signs goes as it is, with its token', async () => {
  await conversation({ bindingKey: 'ann', bindingToken: 'signed' }).ensure();
  assert.deepEqual([requests[0].binding, requests[0].bindingToken], ['ann', 'signed']);
});

test('a token is asked for anew for each conversation, as a text or as a function', async () => {
  let made = 0;
  for (const bindingToken of [() => `t${(made += 1)}`, async () => `t${(made += 1)}`]) {
    const visitor = { bindingKey: 'ann', bindingToken };
    const first = conversation(visitor);
    await first.ensure();
    first.drop();
    await first.ensure();
    first.drop();
  }
  const askVisitor = () => ({ bindingKey: 'ann', bindingToken: `t${(made += 1)}` });
  const second = conversation({ bindingKey: 'ann', bindingToken: 't0' }, { askVisitor });
  await second.ensure();
  assert.deepEqual(requests.map(({ bindingToken }) => bindingToken), ['t1', 't2', 't3', 't4', 't5']);
});

test('of somebody who signed in meanwhile nothing is taken', async () => {
  const askVisitor = () => ({ bindingKey: 'bob', bindingToken: 'of bob' });
  await conversation({ bindingKey: 'ann', bindingToken: 'of ann' }, { askVisitor }).ensure();
  assert.deepEqual([requests[0].binding, requests[0].bindingToken], ['ann', 'of ann']);
});

test('a refused token leaves the visitor with a chat, and the console with the reason', async () => {
  const said = mock.method(console, 'error', () => {});
  const refuses = ({ bindingToken }) => Boolean(bindingToken);
  await conversation({ bindingKey: 'ann', bindingToken: 'old' }, { refuses }).ensure();
  assert.deepEqual(requests.map(({ binding, bindingToken }) => [binding, bindingToken]), [['ann', 'old'], ['ann', undefined]]);
  assert.match(said.mock.calls[0].arguments.join(' '), /It has expired/);
  said.mock.restore();
});

test('a token that the page cannot get leaves the visitor with a chat, too', async () => {
  const said = mock.method(console, 'error', () => {});
  const bindingToken = () => Promise.reject(new Error('no network'));
  await conversation({ bindingKey: 'ann', bindingToken }).ensure();
  assert.match(requests[0].binding, /^ann\.[\w-]{43}$/);
  assert.equal(said.mock.callCount(), 1);
  said.mock.restore();
});

test('the time to live is a rolling window', async () => {
  await conversation().ensure();
  mock.timers.tick(9 * MINUTE_MS);
  conversation().touch();
  mock.timers.tick(9 * MINUTE_MS);
  assert.equal(conversation().isKept, true);
  mock.timers.tick(11 * MINUTE_MS);
  assert.equal(conversation().isKept, false);
  assert.deepEqual(store.keys(), []);
});

test('touching leaves a conversation that another tab went on to', async () => {
  const first = conversation();
  await first.ensure();
  store.set('session', { conversationId: 'other', visitedAt: Date.now() });
  first.touch();
  assert.equal(store.get('session').conversationId, 'other');
});

test('a connection to an earlier conversation does not move the place to go on from', async () => {
  const first = conversation();
  await first.ensure();
  first.saw('c1', 5);
  first.saw('c0', 9);
  assert.equal(first.lastSeen, 5);
});

test('a session is over after its minutes to the millisecond', async () => {
  const first = conversation();
  await first.ensure();
  mock.timers.tick(10 * MINUTE_MS);
  assert.equal(first.isExpired, false);
  mock.timers.tick(1);
  assert.equal(first.isExpired, true);
  assert.equal(await conversation().ensure(), 'c2');
});
