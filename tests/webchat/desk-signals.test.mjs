import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { deskModule } from './desk-modules.mjs';

const { createSignals } = await deskModule('signals.js');

let told;
let answer;
let signals;

const settle = async () => {
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
};

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1000000 });
  told = [];
  answer = async () => ({});
  signals = createSignals((id, content) => {
    told.push([id, content.type, ...(content.eventId ? [content.eventId] : [])]);
    return answer();
  });
});

test('typing is told at once and then every eight seconds at most', () => {
  signals.wrote('a', 'H');
  for (const seconds of [3, 3, 1.9]) {
    mock.timers.tick(seconds * 1000);
    signals.wrote('a', 'He');
  }
  assert.deepEqual(told, [['a', 'typing_on']]);
  mock.timers.tick(200);
  signals.wrote('a', 'Hel');
  assert.deepEqual(told, [['a', 'typing_on'], ['a', 'typing_on']]);
});

test('a draft that is left for ten seconds is typed no more, and goes on being typed with the next key', () => {
  signals.wrote('a', 'H');
  mock.timers.tick(9999);
  assert.equal(told.length, 1);
  mock.timers.tick(1);
  assert.deepEqual(told.at(-1), ['a', 'typing_off']);
  mock.timers.tick(60000);
  assert.equal(told.length, 2);
  signals.wrote('a', 'He');
  assert.deepEqual(told.at(-1), ['a', 'typing_on']);
});

for (const emptied of ['', '  ', ':', '::', '::resp']) {
  test(`a draft that becomes '${emptied}' ends the typing, once`, () => {
    signals.wrote('a', 'H');
    signals.wrote('a', emptied);
    signals.wrote('a', emptied);
    assert.deepEqual(told, [['a', 'typing_on'], ['a', 'typing_off']]);
  });
}

test('a command is never told', () => {
  for (const line of [':', ':: ', '::resp -n contact', '  ::help']) signals.wrote('a', line);
  mock.timers.tick(60000);
  assert.deepEqual(told, []);
  signals.wrote('a', ':-)');
  assert.deepEqual(told, [['a', 'typing_on']]);
});

test('an answer ends the typing by itself', async () => {
  signals.wrote('a', 'Hello');
  await settle();
  signals.sent('a');
  signals.wrote('a', '');
  mock.timers.tick(60000);
  await settle();
  assert.deepEqual(told, [['a', 'typing_on']]);
});

test('a signal that an answer may overtake is taken back', async () => {
  let arrive;
  answer = () => new Promise((resolve) => {
    arrive = resolve;
  });
  signals.wrote('a', 'Hello');
  signals.sent('a');
  assert.equal(told.length, 1);
  arrive({});
  await settle();
  assert.deepEqual(told, [['a', 'typing_on'], ['a', 'typing_off']]);
});

test('in another conversation the typing in the first one is over', () => {
  signals.wrote('a', 'H');
  signals.wrote('b', 'H');
  assert.deepEqual(told, [['a', 'typing_on'], ['a', 'typing_off'], ['b', 'typing_on']]);
});

test('what was seen is told once for each newest message, whatever became of it', async () => {
  answer = async () => {
    throw new Error('offline');
  };
  for (const eventId of [5, 5, 4, 7]) signals.saw('a', eventId);
  signals.saw('b', 5);
  await settle();
  assert.deepEqual(told, [['a', 'seen', 5], ['a', 'seen', 7], ['b', 'seen', 5]]);
});
