import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { ServiceClock } from '../../webchat/src/clock.js';
import { Store } from '../../webchat/src/store.js';
import { BusinessTyping, OwnTyping } from '../../webchat/src/typing.js';
import { FakeStorage } from './fakes.mjs';

const NOW = 10000000;

let clock;
let typing;
let told;
let own;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: NOW });
  clock = new ServiceClock(new Store('p:', new FakeStorage()));
  typing = new BusinessTyping(() => {}, clock);
  told = [];
  own = new OwnTyping((type) => told.push(type));
});

const event = (type, eventId = Date.now()) => ({ type: 'event', eventId, event: { type } });

test('typing of the business ends after 20 seconds, by its end, or by a message', () => {
  typing.receive(event('typing_on'), 'agent');
  mock.timers.tick(19999);
  assert.equal(typing.who, 'agent');
  mock.timers.tick(1);
  assert.equal(typing.who, '');
  typing.receive(event('typing_on'), 'bot');
  typing.receive(event('typing_off'), 'bot');
  assert.equal(typing.who, '');
  typing.receive(event('typing_on'), 'bot');
  typing.receive({ eventId: Date.now() + 1, message: {} }, 'agent');
  assert.equal(typing.who, '');
});

test('what was over before a reconnection is not shown, what lasts is shown for the rest', () => {
  typing.receive(event('typing_on', NOW - 20000), 'agent');
  assert.equal(typing.who, '');
  typing.receive(event('typing_on', NOW - 15000), 'agent');
  mock.timers.tick(4999);
  assert.equal(typing.who, 'agent');
  mock.timers.tick(1);
  assert.equal(typing.who, '');
});

test('the clock of the service counts, once it is known', () => {
  clock.learn(NOW - 3600000);
  typing.receive(event('typing_on', NOW - 3600000), 'agent');
  assert.equal(typing.who, 'agent');
});

test('typing that came late, after the words, is not shown, nor is one\'s own', () => {
  typing.receive({ eventId: NOW, message: {} }, 'agent');
  typing.receive(event('typing_on', NOW - 1), 'agent');
  typing.receive(event('typing_on'), 'own');
  assert.equal(typing.who, '');
});

test('the visitor\'s typing is told every eight seconds at most', () => {
  for (let second = 0; second < 16; second += 1) {
    own.changed('abc');
    mock.timers.tick(1000);
  }
  assert.deepEqual(told, ['typing_on', 'typing_on']);
});

test('it ends by an empty field, by sending, and after ten seconds of silence, once', () => {
  own.changed('a');
  own.changed(' ');
  own.stop();
  assert.deepEqual(told, ['typing_on', 'typing_off']);
  mock.timers.tick(8000);
  own.changed('a');
  mock.timers.tick(10000);
  assert.deepEqual(told.slice(2), ['typing_on', 'typing_off']);
});
