import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const FOLDER = new URL('../../static/desk/', import.meta.url);
const SCRIPTS = readdirSync(FOLDER).filter((name) => name.endsWith('.js'));
// A literal that begins like a sentence or a label. Units of a programmer's own, such as `Enter`, have no second word.
const WORDS = /(gettext\(\s*|')(?<text>[A-Z%][^'\n]*[a-z]\s[^'\n]*)'/g;
const ATTRIBUTE = /'(?:aria-label|title|alt|placeholder)'?: '[A-Z]/;

function withoutComments(source) {
  return source.replace(/\/\*[^]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');
}

/** The sentences of a script that do not go through the catalog. */
function bare(source) {
  const kept = withoutComments(source).replace(/n?gettext\((?:\s*'(?:[^'\\]|\\.)*',?)+/g, 'known(');
  return [...kept.matchAll(WORDS)].map(({ groups }) => groups.text).concat(ATTRIBUTE.test(kept) ? ['an attribute'] : []);
}

test('the search finds a sentence that is not translated', () => {
  assert.deepEqual(bare("tell('No connection to you.'); tell(gettext('Try again')); // It's fine"), ['No connection to you.']);
  assert.deepEqual(bare("ngettext('One day', 'More days', 2); build('p', {}, 'Take over');"), ['Take over']);
});

for (const name of SCRIPTS) {
  test(`every text of ${name} goes through the catalog`, () => {
    assert.deepEqual(bare(readFileSync(new URL(name, FOLDER), 'utf8')), []);
  });
}

test('a template with values in it is no text: only whole sentences can be translated', () => {
  for (const name of SCRIPTS) {
    assert.doesNotMatch(readFileSync(new URL(name, FOLDER), 'utf8'), /gettext\(\s*`/, name);
  }
});
