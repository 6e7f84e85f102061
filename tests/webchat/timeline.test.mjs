import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Timeline } from '../../webchat/src/timeline.js';

const CONVERSATION = 'c1';

function activity(eventId, text, integrationType = 'Agent', externalId = undefined) {
  return { type: 'message', eventId, externalId, sender: { integrationType }, message: { type: 'text', text } };
}

function entry(id, text, changes = {}) {
  const message = { type: 'text', text };
  return { id, activity: { externalId: id, message }, queuedAt: 1, state: 'sending', ...changes };
}

const texts = (timeline) => timeline.items.map((item) => item.message.text).join(' ');

test('messages stand in the order of their event ids, however they arrive', () => {
  const timeline = new Timeline();
  [30, 10, 20].forEach((id) => timeline.receive(activity(id, String(id)), CONVERSATION));
  assert.equal(texts(timeline), '10 20 30');
});

test('the same event is shown once, as is a message and its echo', () => {
  const timeline = new Timeline();
  timeline.putOwn(entry('m1', 'hi'), CONVERSATION);
  timeline.receive(activity(10, 'hi', 'Customer', 'm1'), CONVERSATION);
  timeline.receive(activity(10, 'hi', 'Customer', 'm1'), CONVERSATION);
  timeline.putOwn(entry('m1', 'hi', { state: 'sent', eventId: 10 }), CONVERSATION);
  assert.equal(texts(timeline), 'hi');
  assert.equal(timeline.items[0].state, 'sent');
});

test('a refused message that was taken back is gone, and one that the service has stays', () => {
  const timeline = new Timeline();
  timeline.putOwn(entry('m1', 'one', { state: 'failed', anchor: 0 }), CONVERSATION);
  timeline.putOwn(entry('m2', 'two', { state: 'sent', eventId: 10 }), CONVERSATION);
  ['m1', 'm2', 'm3'].forEach((id) => timeline.putOwn(entry(id, '', { state: 'gone' }), CONVERSATION));
  assert.equal(texts(timeline), 'two');
});

test('an echo without an external id is told by its event id', () => {
  const timeline = new Timeline();
  timeline.putOwn(entry('m1', 'hi', { state: 'sent', eventId: 10 }), CONVERSATION);
  timeline.receive(activity(10, 'hi', 'Customer'), CONVERSATION);
  assert.equal(timeline.items.length, 1);
});

test('two messages of an agent under one external id are two', () => {
  const timeline = new Timeline();
  timeline.receive(activity(1, 'a', 'Agent', 'same'), CONVERSATION);
  timeline.receive(activity(2, 'b', 'Agent', 'same'), CONVERSATION);
  assert.equal(texts(timeline), 'a b');
});

test('an echo brings the richer form of what was typed', () => {
  const timeline = new Timeline();
  timeline.putOwn(entry('m1', 'https://youtu.be/x'), CONVERSATION);
  const echo = activity(10, '', 'Customer', 'm1');
  timeline.receive({ ...echo, message: { type: 'youtube', url: 'https://youtu.be/x' } }, CONVERSATION);
  assert.equal(timeline.items[0].message.type, 'youtube');
});

test('what waits stands last, what failed stays where it failed', () => {
  const timeline = new Timeline();
  timeline.receive(activity(10, 'ten'), CONVERSATION);
  timeline.putOwn(entry('m1', 'failed', { state: 'failed', anchor: 10 }), CONVERSATION);
  timeline.putOwn(entry('m2', 'waits'), CONVERSATION);
  timeline.receive(activity(20, 'twenty'), CONVERSATION);
  assert.equal(texts(timeline), 'ten failed twenty waits');
});

test('event ids of two conversations do not meet', () => {
  const timeline = new Timeline();
  timeline.receive(activity(10, 'old'), 'c1');
  timeline.receive(activity(10, 'new'), 'c2');
  assert.equal(timeline.items.length, 2);
});

test('unread are the messages of others after an event', () => {
  const timeline = new Timeline();
  timeline.receive(activity(10, 'a'), CONVERSATION);
  timeline.receive(activity(20, 'b', 'Bot'), CONVERSATION);
  timeline.receive(activity(30, 'c', 'Customer', 'm1'), CONVERSATION);
  assert.equal(timeline.countUnread(0), 2);
  assert.equal(timeline.countUnread(10), 1);
  assert.equal(timeline.lastEventId, 30);
});
