import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { ServiceClock } from '../../webchat/src/clock.js';
import { Store } from '../../webchat/src/store.js';
import { FakeStorage } from './fakes.mjs';

const NOW = 10000000;

let store;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ['Date'], now: NOW });
  store = new Store('p:', new FakeStorage());
});

test('until the service has told a time, the browser\'s own counts', () => {
  const clock = new ServiceClock(store);
  [undefined, NaN, 0].forEach((time) => clock.learn(time));
  assert.equal(clock.now, NOW);
});

test('the answer to a repeated request teaches nothing', () => {
  const clock = new ServiceClock(store);
  clock.learn(NOW - 5000);
  clock.learn(NOW - 60000);
  assert.equal(clock.now, NOW - 5000);
  clock.learn(NOW + 1000);
  assert.equal(clock.now, NOW + 1000);
});

test('the next page knows it, until it learns better: the visitor may have set the clock right', () => {
  new ServiceClock(store).learn(NOW + 5000);
  const clock = new ServiceClock(store);
  assert.equal(clock.now, NOW + 5000);
  clock.learn(NOW);
  assert.equal(clock.now, NOW);
});
