import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { ApiError } from '../../webchat/src/api.js';
import { Store } from '../../webchat/src/store.js';
import { Tokens } from '../../webchat/src/tokens.js';
import { FakeStorage } from './fakes.mjs';

const HOUR_MS = 3600000;

let asked;
let failures;
let newIdentities;
let tokens;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: 1000000 });
  asked = [];
  failures = [];
  newIdentities = 0;
  const api = {
    token: async (integrationId, oldToken) => {
      asked.push(oldToken);
      if (failures.length) throw failures.shift();
      return { access_token: `t${asked.length}`, expires_in: 3600 };
    },
  };
  const store = new Store('p:', new FakeStorage());
  tokens = new Tokens({ api, store, integrationId: 'i', onNewIdentity: () => (newIdentities += 1) });
});

test('a token is fetched once, even for two who need it, and kept', async () => {
  assert.deepEqual(await Promise.all([tokens.get(), tokens.get()]), ['t1', 't1']);
  assert.equal(await tokens.get(), 't1');
  assert.deepEqual(asked, [undefined]);
});

test('of two tabs that begin together one fetches the identity of both', async () => {
  const store = new Store('p:', new FakeStorage());
  const tab = (value) => {
    const api = { token: async () => ({ access_token: value, expires_in: 3600 }) };
    return new Tokens({ api, store, integrationId: 'i', onNewIdentity: () => {} });
  };
  const [first, second] = await Promise.all([tab('a').get(), tab('b').get()]);
  assert.deepEqual([first, second], ['a', 'a']);
});

test('it is renewed with the old one within ten minutes of its end', async () => {
  await tokens.get();
  mock.timers.tick(HOUR_MS - 601000);
  assert.equal(await tokens.get(), 't1');
  mock.timers.tick(2000);
  assert.equal(await tokens.get(), 't2');
  assert.deepEqual(asked, [undefined, 't1']);
});

test('an old token that is still good does while the service cannot be reached', async () => {
  await tokens.get();
  mock.timers.tick(HOUR_MS - 1000);
  failures = [new ApiError(0)];
  assert.equal(await tokens.get(), 't1');
  mock.timers.tick(2000);
  failures = [new ApiError(0)];
  await assert.rejects(tokens.get(), { status: 0 });
});

test('a call whose token is refused is tried once more with a new one', async () => {
  const used = [];
  const answer = await tokens.with(async (token) => {
    used.push(token);
    if (token === 't1') throw new ApiError(401);
    return 'done';
  });
  assert.equal(answer, 'done');
  assert.deepEqual(used, ['t1', 't2']);
});

test('an identity that the service forgot is replaced, and that is told', async () => {
  await tokens.get();
  tokens.refused('t1');
  failures = [new ApiError(401)];
  assert.equal(await tokens.get(), 't3');
  assert.deepEqual(asked, [undefined, 't1', undefined]);
  assert.equal(newIdentities, 1);
});
