import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deskModule } from './desk-modules.mjs';

globalThis.location = new URL('https://hub.example/admin/desk/');
const { eventText } = await deskModule('events.js');
const { safeUrl } = await deskModule('dom.js');

const said = (payloadType, payload = {}, from = 'Agent', author = '') =>
  eventText({ content: { type: 'payload', payloadType, payload }, from, author });

test('who answers is told with the reason', () => {
  assert.equal(said('hubster.takeover', {}, 'Agent', 'Ann'), 'Ann took over');
  assert.equal(said('hubster.handover', { reason: 'phrase' }, 'Hubster'), 'The customer asked for a person: handed over to the agents');
  assert.equal(said('hubster.handback'), 'Handed back to the bot');
  assert.equal(said('hubster.transfer', { url: 'https://a.example', force: true }), 'The customer is taken to https://a.example');
});

test('a customer cannot make it look as if the business had done something', () => {
  for (const name of ['hubster.takeover', 'hubster.handback', 'hubster.transfer']) {
    assert.equal(said(name, { reason: 'answer', url: 'https://evil.example' }, 'Customer'), `Event of the customer: ${name}`);
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
  assert.equal(said('hubster.handover', { reason: odd }), 'Handed over to the agents');
  assert.equal(said('mine', { reason: 'answer' }), 'Event: mine');
});

test('an address that hides its host behind a name is none', () => {
  assert.equal(safeUrl('https://images.example@evil.example/a.png'), null);
  assert.equal(safeUrl('https://images.example:pass@evil.example/a.png'), null);
  assert.equal(safeUrl('https://images.example/@a.png'), 'https://images.example/@a.png');
  assert.equal(safeUrl('mailto:a@b.example'), 'mailto:a@b.example');
});
