import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deskModule } from './desk-modules.mjs';

globalThis.location = new URL('https://hub.example/admin/desk/');
const { eventText, takenFromBot } = await deskModule('event-texts.js');
const { fill } = await deskModule('text.js');
const { safeUrl } = await deskModule('dom.js');

const event = (payloadType, payload = {}, from = 'Agent', author = '', authorId = '') => ({
  kind: 'event', content: { type: 'payload', payloadType, payload }, from, author, authorId,
});
const words = (item, fromBot = false) => fill(...eventText(item, { me: '7', fromBot }));
const said = (...given) => words(event(...given));

test('who answers is told with the reason', () => {
  assert.equal(said('hubster.handover', { reason: 'phrase' }, 'Hubster'), 'The customer asked for a person. Handed over to agents.');
  assert.equal(said('hubster.handback'), 'Handed back to the bot');
  assert.equal(said('hubster.transfer', { url: 'https://a.example', force: true }), 'Customer sent to https://a.example');
});

test('whoever took over reads so themselves, and is named to others', () => {
  const mine = event('hubster.takeover', {}, 'Agent', 'Ann', '7');
  const theirs = event('hubster.takeover', { reason: 'answer' }, 'Hubster', 'Ben', '8');
  const nobodys = event('hubster.takeover', {}, 'Agent');
  assert.deepEqual([mine, theirs, nobodys].map((item) => words(item, true)),
    ['You took over from the bot', 'Ben took over from the bot', 'An agent took over from the bot']);
  assert.deepEqual([mine, theirs, nobodys].map((item) => words(item)), ['You took over', 'Ben took over', 'An agent took over']);
});

test('a conversation is taken from the bot only while the bot has it', () => {
  const [take, again] = [event('hubster.takeover'), event('hubster.takeover')];
  const [over, back] = [event('hubster.handover'), event('hubster.handback')];
  const spoken = { kind: 'message', from: 'Bot', content: { type: 'text', text: 'Hi' } };
  const pretended = event('hubster.handback', {}, 'Customer');
  const found = (items, fromBeginning) => [...takenFromBot(items, fromBeginning)];
  assert.deepEqual(found([take, again], true), [take]);
  assert.deepEqual(found([take, again], false), []);
  assert.deepEqual(found([over, take], true), []);
  assert.deepEqual(found([take, back, again], false), [again]);
  assert.deepEqual(found([spoken, take], false), [take]);
  assert.deepEqual(found([over, pretended, take], true), [], 'a customer moves nothing');
});

test('a customer cannot make it look as if the business had done something', () => {
  for (const name of ['hubster.takeover', 'hubster.handback', 'hubster.transfer']) {
    assert.equal(said(name, { reason: 'answer', url: 'https://evil.example' }, 'Customer'), `Customer event: ${name}`);
  }
});

test('the names of what every object has are names like any other', () => {
  for (const name of ['constructor', 'toString', '__proto__']) {
    assert.equal(said(name), `Event: ${name}`);
    assert.equal(said('mine', { reason: name }), 'Event: mine');
  }
});

test('a payload of any shape is shown, and a reason belongs to who answers only', () => {
  const odd = { toString: 1, valueOf: 1 };
  assert.equal(said('hubster.transfer', { label: odd, url: 'https://a.example' }), 'Link offered: https://a.example');
  assert.equal(said('hubster.handover', { reason: odd }), 'Handed over to agents');
  assert.equal(said('mine', { reason: 'answer' }), 'Event: mine');
});

test('an address that hides its host behind a name is none', () => {
  assert.equal(safeUrl('https://images.example@evil.example/a.png'), null);
  assert.equal(safeUrl('https://images.example:pass@evil.example/a.png'), null);
  assert.equal(safeUrl('https://images.example/@a.png'), 'https://images.example/@a.png');
  assert.equal(safeUrl('mailto:a@b.example'), 'mailto:a@b.example');
});
