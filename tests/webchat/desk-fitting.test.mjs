import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deskModule } from './desk-modules.mjs';

const { fitting } = await deskModule('fitting.js');

const row = (name, usage, category = '', description = '') => ({ name, usage, category, description });
const ROWS = [
  row('contact', '::resp -n contact', 'Sales', 'How to reach us'),
  row('Our prices', '::resp -n "Our prices"', 'Sales', 'Asked about contacts with dealers'),
  row('weather', '::weather', '', 'A forecast'),
  row('takeover', '::takeover', '', 'You answer instead of the bot.'),
];
const names = (line) => fitting(ROWS, line).map(({ name }) => name);

test('two colons alone show everything, in the given order', () => {
  assert.deepEqual(names('::'), ['contact', 'Our prices', 'weather', 'takeover']);
});

test('names come before what is only mentioned', () => {
  assert.deepEqual(names('::cont'), ['contact', 'Our prices']);
  assert.deepEqual(names('::PRI'), ['Our prices']);
});

test('every word counts, in the usage, category and description too', () => {
  assert.deepEqual(names('::resp -n con'), ['contact', 'Our prices']);
  assert.deepEqual(names('::sales reach'), ['contact']);
  assert.deepEqual(names('::nothing like it'), []);
});

for (const line of ['::takeover', '::Takeover ', '::takeover -force', '::weather a', '::resp -n "our prices"', '::con\n']) {
  test(`${JSON.stringify(line)} is left alone`, () => assert.deepEqual(names(line), []));
}

test('the beginning of a command is none yet', () => {
  assert.deepEqual(names('::weath'), ['weather']);
  assert.deepEqual(names('::take'), ['takeover']);
});
