import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Store } from '../../webchat/src/store.js';
import { FakeStorage } from './fakes.mjs';

test('values come back, under the prefix', () => {
  const storage = new FakeStorage();
  const store = new Store('p:', storage).scope('guest');
  store.set('draft', 'hello');
  assert.equal(store.get('draft'), 'hello');
  assert.equal(storage['p:guest:draft'], '"hello"');
  assert.equal(store.get('absent'), undefined);
});

test('clearing a scope leaves the others', () => {
  const root = new Store('p:', new FakeStorage());
  root.scope('a').set('x', 1);
  root.scope('b').set('x', 2);
  root.scope('a').clear();
  assert.deepEqual(root.keys(), ['b:x']);
});

test('a value that is no JSON counts as absent', () => {
  const storage = new FakeStorage();
  storage.setItem('p:x', '{broken');
  assert.equal(new Store('p:', storage).get('x'), undefined);
});

test('blocked or full storage is replaced by memory', () => {
  const full = new FakeStorage();
  full.setItem = () => {
    throw new Error('QuotaExceededError');
  };
  [null, full].forEach((storage) => {
    const store = new Store('p:', storage);
    store.set('x', { a: 1 });
    assert.deepEqual(store.get('x'), { a: 1 });
    assert.deepEqual(store.keys('x'), ['x']);
    store.remove('x');
    assert.equal(store.get('x'), undefined);
  });
});

test('a store knows whether it keeps what it has, and which keys are its own', () => {
  const store = new Store('p:', new FakeStorage()).scope('guest');
  store.set('x', 1);
  assert.equal(store.isVolatile, false);
  assert.equal(new Store('p:', null).isVolatile, true);
  assert.equal(store.ownKey('p:guest:read'), 'read');
  assert.equal(store.ownKey('p:user:ann:read'), undefined);
  assert.equal(store.ownKey(null), undefined);
});
