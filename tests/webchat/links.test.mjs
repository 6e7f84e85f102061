import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { safeUrl, splitLinks } from '../../webchat/src/messages/links.js';
import { deskModule } from './desk-modules.mjs';

const linksOf = (text) => splitLinks(text).filter((piece) => piece.url).map((piece) => piece.text);

const CASES = JSON.parse(readFileSync(new URL('../link_cases.json', import.meta.url)));
const { splitAddresses } = await deskModule('links.js');
const addressesOf = (text) => splitAddresses(text).filter(({ isAddress }) => isAddress).map((piece) => piece.text);

CASES.forEach(([text, addresses]) => {
  test(`widget and desk find the same in ${JSON.stringify(text)}`, () => {
    assert.deepEqual(linksOf(text), addresses);
    assert.deepEqual(addressesOf(text), addresses);
    assert.equal(splitLinks(text).map((piece) => piece.text).join(''), text);
  });
});

test('an address that hides another host behind a name is no link', () => {
  assert.deepEqual(linksOf('https://bank.example@evil.example/'), []);
});

test('the pieces put together are the text', () => {
  const text = 'a https://a.example/?q=1&r=<b> c\nhttps://b.example.';
  assert.equal(splitLinks(text).map((piece) => piece.text).join(''), text);
});

test('a text that is one long address is split in time', () => {
  [')', 'https://', 'xhttps://', 'https://a)'].forEach((part) => {
    const text = `https://a.example/${part.repeat(20000)}`;
    assert.equal(splitLinks(text).map((piece) => piece.text).join(''), text);
  });
});

test('only web addresses are safe to link to', () => {
  assert.equal(safeUrl('https://a.example/x'), 'https://a.example/x');
  assert.equal(safeUrl('player.vimeo.com/video/1'), 'https://player.vimeo.com/video/1');
  ['javascript:alert(1)', 'data:text/html,x', ' JavaScript:alert(1)', '/path', '', null, {}, 7].forEach((value) => {
    assert.equal(safeUrl(value), '');
  });
});
