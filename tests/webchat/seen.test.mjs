import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { SeenTeller } from '../../webchat/src/seen.js';
import { Store } from '../../webchat/src/store.js';
import { Timeline } from '../../webchat/src/timeline.js';
import { FakeStorage } from './fakes.mjs';

let storage;
let told;
let fails;

beforeEach(() => {
  storage = new FakeStorage();
  told = [];
  fails = false;
});

function teller() {
  const tell = async (event) => {
    told.push(event.eventId);
    if (fails) throw new Error('offline');
  };
  return new SeenTeller({ store: new Store('p:', storage), tell });
}

test('the newest message is told once, by whichever tab', async () => {
  await Promise.all([teller().see(5), teller().see(5), teller().see(4), teller().see(0)]);
  await teller().see(6);
  assert.deepEqual(told, [5, 6]);
});

test('what did not arrive is told again', async () => {
  fails = true;
  await teller().see(5);
  fails = false;
  await teller().see(5);
  await teller().see(5);
  assert.deepEqual(told, [5, 5]);
});

test('what the business has seen never becomes less, and is not more than there was', () => {
  const timeline = new Timeline();
  timeline.receiveSeen({ eventId: 20, event: { type: 'seen', eventId: 10 } });
  assert.equal(timeline.seenUpTo, 10);
  timeline.receiveSeen({ eventId: 30, event: { type: 'seen', eventId: 5 } });
  assert.equal(timeline.seenUpTo, 10);
  timeline.receiveSeen({ eventId: 40, event: { type: 'seen' } });
  assert.equal(timeline.seenUpTo, 40);
  timeline.receiveSeen({ eventId: 50, event: { type: 'seen', eventId: 1e15 } });
  assert.equal(timeline.seenUpTo, 50);
  timeline.receiveSeen({ eventId: 60, event: { type: 'seen', eventId: 'x' } });
  assert.equal(timeline.seenUpTo, 50);
});
