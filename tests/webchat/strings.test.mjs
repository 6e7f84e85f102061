import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { afterEach, test } from 'node:test';
import { counted, filled, locale, strings, useLanguage } from '../../webchat/src/strings.js';
import { languages } from '../../webchat/src/strings/index.js';
import { Uploads } from '../../webchat/src/uploads.js';

const CODES = Object.keys(languages);
// Names, and words that are the same in many languages.
const MAY_BE_EQUAL = new Set(['bot', 'emoji', 'messages', 'agent', 'poweredBy', 'today', 'yesterday', 'sent', 'you', 'video',
  'kilobytes', 'megabytes']);
const SOURCE = new URL('../../webchat/src/', import.meta.url);
const placeholders = (text) => (text.match(/\{\w+\}/g) || []).sort().join();

afterEach(() => useLanguage([]));

test('there are twenty languages', () => {
  assert.equal(CODES.length, 20);
});

CODES.forEach((code) => {
  test(`${code} has every text, translated, with its placeholders`, () => {
    const texts = languages[code];
    assert.deepEqual(Object.keys(texts).sort(), Object.keys(languages.en).sort());
    Object.entries(languages.en).forEach(([key, english]) => {
      if (typeof english !== 'string') return;
      assert.ok(texts[key].trim(), key);
      assert.equal(placeholders(texts[key]), placeholders(english), key);
      if (code !== 'en' && !MAY_BE_EQUAL.has(key)) assert.notEqual(texts[key], english, key);
    });
  });

  test(`${code} has each form that its grammar asks for`, () => {
    const { pluralCategories } = new Intl.PluralRules(code).resolvedOptions();
    const wanted = pluralCategories.filter((category) => category !== 'many' || !['it', 'es', 'pt'].includes(code));
    wanted.forEach((category) => assert.ok(languages[code].unread[category], category));
    Object.values(languages[code].unread).forEach((form) => assert.equal(placeholders(form), '{count}'));
  });
});

test('English says what the documentation says', () => {
  assert.equal(strings.title, 'Welcome to Hubster');
  assert.equal(strings.placeholder, 'Please type here...');
  assert.equal(strings.poweredBy, 'Powered by Hubster.io');
});

test('the first wish that there is counts, with its region', () => {
  useLanguage(['', 'xx', 'pt_BR', 'de']);
  assert.equal(strings.you, 'Você');
  assert.deepEqual(locale, { tag: 'pt-BR', direction: 'ltr' });
  useLanguage(['not a tag!', undefined]);
  assert.deepEqual(locale, { tag: 'en', direction: 'ltr' });
});

test('other names of a language are known, and inherited names are none', () => {
  useLanguage(['nb-NO']);
  assert.equal(strings.you, languages.no.you);
  useLanguage(['constructor', 'en']);
  assert.equal(locale.tag, 'en');
});

test('Arabic and Hebrew go from right to left', () => {
  ['ar-EG', 'he'].forEach((tag) => {
    useLanguage([tag]);
    assert.equal(locale.direction, 'rtl');
  });
});

test('numbers are counted by the rules of the language', () => {
  assert.equal(counted(strings.unread, 1), '1 unread message');
  useLanguage(['pl']);
  assert.equal(counted(strings.unread, 3), '3 nieprzeczytane wiadomości');
  assert.equal(counted(strings.unread, 5), '5 nieprzeczytanych wiadomości');
});

test('names and numbers are put in as they are', () => {
  assert.equal(filled('{number} of {count}', { number: 1, count: 0 }), '1 of 0');
  assert.equal(filled('{name}: {name}', { name: '$& {count}' }), '$& {count}: $& {count}');
  assert.equal(filled('{toString} {name}', { name: 'x' }), '{toString} x');
});

test('what a file is refused for is told in the language that was chosen last', () => {
  const refused = () => new Uploads({ endpoint: '', tokens: {}, onChange() {} }).add(new File([], 'a.txt')).error;
  assert.equal(refused(), languages.en.fileEmpty);
  useLanguage(['ja']);
  assert.equal(refused(), languages.ja.fileEmpty);
});

test('each text is used somewhere, and none is used that there is not', () => {
  const files = readdirSync(SOURCE, { recursive: true }).filter((name) => /^(?!strings\/).*\.js$/.test(name));
  const source = files.map((name) => readFileSync(new URL(name, SOURCE))).join();
  const used = [...source.matchAll(/\bstrings\.(?!js\b)(\w+)/g)].map(([, name]) => name);
  assert.deepEqual([...new Set(used)].sort(), Object.keys(languages.en).sort());
});

test('the browser knows the region of a page that names none', () => {
  useLanguage(['', 'en', 'en-GB']);
  assert.equal(locale.tag, 'en-GB');
  useLanguage(['', 'de', 'en-GB']);
  assert.equal(locale.tag, 'de');
});
