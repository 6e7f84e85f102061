import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

globalThis.__CORE__ = { file: 'core.abc.js', integrity: 'sha384-x', current: 'core.js' };
const { Core } = await import('../../webchat/src/loading.js');

let scripts;

beforeEach(() => {
  scripts = [];
  globalThis.document = {
    createElement: () => ({}),
    head: { append: (script) => scripts.push(script) },
  };
});

const turn = () => new Promise((resolve) => setImmediate(resolve));
const made = (isPinned = false) => new Core({ base: 'https://chat.example.com/pub/', isPinned });

test('the core is loaded once, by its hash, however often it is asked for', async () => {
  const core = made();
  const both = Promise.all([core.load(), core.load()]);
  assert.equal(scripts.length, 1);
  assert.equal(scripts[0].src, 'https://chat.example.com/pub/core.abc.js');
  assert.deepEqual([scripts[0].integrity, scripts[0].crossOrigin], ['sha384-x', 'anonymous']);
  core.take('exported');
  scripts[0].onload();
  assert.deepEqual(await both, ['exported', 'exported']);
});

test('after an update the core that the server has now is taken', async () => {
  const core = made();
  const loading = core.load();
  scripts[0].onerror();
  await turn();
  assert.equal(scripts[1].src, 'https://chat.example.com/pub/core.js');
  assert.equal(scripts[1].integrity, undefined);
  core.take('exported');
  scripts[1].onload();
  assert.equal(await loading, 'exported');
});

test('a page that pinned a hash gets that core or none', async () => {
  const loading = made(true).load();
  scripts[0].onerror();
  await assert.rejects(loading, /could not be loaded/);
  assert.equal(scripts.length, 1);
});

test('what failed can be tried again', async () => {
  const core = made();
  const first = core.load();
  scripts[0].onerror();
  await turn();
  scripts[1].onerror();
  await assert.rejects(first);
  const second = core.load();
  core.take('exported');
  scripts[2].onload();
  assert.equal(await second, 'exported');
});

test('a script that does not hand itself over counts as not loaded', async () => {
  const core = made(true);
  const loading = core.load();
  scripts[0].onload();
  await assert.rejects(loading, /could not be loaded/);
});

test('under a policy of nonces the core comes with that of the first script', () => {
  new Core({ base: 'https://chat.example.com/pub/', isPinned: false, nonce: 'n1' }).load();
  made().load();
  assert.deepEqual(scripts.map(({ nonce }) => nonce), ['n1', undefined]);
});

test('where trusted types are required, addresses are made by one policy, however many scripts are asked for', async (t) => {
  const policies = [];
  globalThis.trustedTypes = {
    createPolicy(name, { createScriptURL }) {
      policies.push(name);
      return { createScriptURL: (url) => ({ trusted: createScriptURL(url) }) };
    },
  };
  t.after(() => delete globalThis.trustedTypes);
  made().load().catch(() => {});
  scripts[0].onerror();
  await turn();
  assert.deepEqual(policies, ['hubster-webchat']);
  assert.deepEqual(scripts.map(({ src }) => src.trusted), ['core.abc.js', 'core.js'].map((file) => `https://chat.example.com/pub/${file}`));
});

test('a page that does not allow the policy gets plain addresses, for its default policy', (t) => {
  globalThis.trustedTypes = { createPolicy() { throw new TypeError('not allowed'); } };
  t.after(() => delete globalThis.trustedTypes);
  made().load();
  assert.equal(scripts[0].src, 'https://chat.example.com/pub/core.abc.js');
});
