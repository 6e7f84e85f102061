import assert from 'node:assert/strict';
import { test } from 'node:test';
import { safeUrl, splitLinks } from '../../webchat/src/messages/links.js';

const linksOf = (text) => splitLinks(text).filter((piece) => piece.url).map((piece) => piece.text);

test('web addresses in a text become links, the punctuation around them does not', () => {
  const both = ['https://a.example/x', 'http://b.example'];
  assert.deepEqual(linksOf('See https://a.example/x, or (http://b.example).'), both);
  assert.deepEqual(linksOf('https://a.example/w_(x)!'), ['https://a.example/w_(x)']);
  assert.deepEqual(linksOf('no links: ftp://a.example javascript:alert(1) a.example'), []);
});

test('the pieces put together are the text', () => {
  const text = 'a https://a.example/?q=1&r=<b> c\nhttps://b.example.';
  assert.equal(splitLinks(text).map((piece) => piece.text).join(''), text);
});

test('a text that is one long address is split in time', () => {
  const text = `https://a.example/${')'.repeat(100000)}`;
  assert.equal(splitLinks(text).map((piece) => piece.text).join(''), text);
});

test('only web addresses are safe to link to', () => {
  assert.equal(safeUrl('https://a.example/x'), 'https://a.example/x');
  assert.equal(safeUrl('player.vimeo.com/video/1'), 'https://player.vimeo.com/video/1');
  ['javascript:alert(1)', 'data:text/html,x', ' JavaScript:alert(1)', '/path', '', null, {}, 7].forEach((value) => {
    assert.equal(safeUrl(value), '');
  });
});
