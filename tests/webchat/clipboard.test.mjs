import assert from 'node:assert/strict';
import { test } from 'node:test';
import { picturesOf } from '../../webchat/src/view/clipboard.js';

const PNG = { name: 'kettle.png', type: 'image/png' };
const TIN = { name: 'tea tin.jpg', type: 'image/jpeg' };
const ACCENT = { name: 'the\u0301.png', type: 'image/png' };
const NOTE = { name: 'a.txt', type: 'text/plain' };
const clipboard = (text, ...files) => ({ files, getData: (kind) => (kind === 'text/plain' ? text : '') });

test('a picture is meant when the words beside it only name it', () => {
  ['', '\n', 'kettle.png', '/Users/ada/kettle.png', 'C:\\Pictures\\kettle.png\r\n', 'file:///Users/ada/kettle.png'].forEach((text) => {
    assert.deepEqual(picturesOf(clipboard(text, PNG)), [PNG], text);
  });
  assert.deepEqual(picturesOf(clipboard('kettle.png\ntea tin.jpg', PNG, TIN)), [PNG, TIN]);
  assert.deepEqual(picturesOf(clipboard('th\u00e9.png', ACCENT)), [ACCENT]);
});

test('words are meant when they say more than a name', () => {
  ['Sum\t12\nTax\t2', 'Look at kettle.png', 'kettle.png\nand more', 'https://x.io/other.png', 'tin.png'].forEach((text) => {
    assert.deepEqual(picturesOf(clipboard(text, PNG)), [], text);
  });
});

test('only pictures are pasted, and without a clipboard nothing is', () => {
  assert.deepEqual(picturesOf(clipboard('', NOTE)), []);
  assert.deepEqual(picturesOf(clipboard('a.txt\nkettle.png', NOTE, PNG)), [PNG]);
  assert.deepEqual(picturesOf(clipboard('words')), []);
  assert.deepEqual(picturesOf(null), []);
});
