import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deskModule } from './desk-modules.mjs';

const { plainName, initials } = await deskModule('names.js');
const { fileKind, fileSize } = await deskModule('kinds.js');

const NAMES = {
  'Ada Lovelace': 'AL',
  'Ada': 'A',
  'ada maria lovelace': 'AM',
  '😀 Ada': '😀A',
  '𝓐lice 𝓑erg': '𝓐𝓑',
  '🇬🇧 Ann': '🇬🇧A',
  '👩‍👩‍👧 Family': '👩‍👩‍👧F',
  'e\u0301lodie': 'E\u0301',
  '(Bob) "Smith"': 'BS',
  '\u202eevil': 'E',
  '张伟': '张',
  '   ': '',
  '—': '—',
};

for (const [name, expected] of Object.entries(NAMES)) {
  test(`the initials of ${JSON.stringify(name)}`, () => assert.equal(initials(name), expected));
}

test('a file name keeps nothing that turns its ending around, and everything else', () => {
  assert.equal(plainName('invoice_\u202efdp.exe'), 'invoice_fdp.exe');
  assert.equal(plainName('\u2067a\u2069.pdf'), 'a.pdf');
  assert.equal(plainName('👩‍👩‍👧 & co.pdf'), '👩‍👩‍👧 & co.pdf');
  assert.equal(plainName(undefined), '');
});

test('a kind of file is said in words', () => {
  assert.equal(fileKind('application/pdf', 'a.pdf'), 'PDF');
  assert.equal(fileKind('application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'a.docx'), 'Word document');
  assert.equal(fileKind('Text/Plain; charset=utf-8', 'a'), 'Text file');
  assert.equal(fileKind('image/heic', 'a.heic'), 'Image');
  assert.equal(fileKind('application/x-blend', 'ship.blend'), 'BLEND file');
  assert.equal(fileKind('constructor/x', 'a'), 'File');
  assert.equal(fileKind(undefined, ''), 'File');
});

test('a size is said in the largest unit that fits', () => {
  const words = (bytes) => fileSize(bytes).replace(/\s/g, ' ');
  assert.equal(words(0), '0 bytes');
  assert.equal(words(320), '320 bytes');
  assert.equal(words(1200), '1.2 kB');
  assert.equal(words(3_000_000), '3 MB');
  assert.equal(words(undefined), '');
  assert.equal(words(null), '');
});
