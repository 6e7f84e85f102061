import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isComposing } from '../../webchat/src/view/keys.js';

test('a key is for the input method while it composes, or when only its code tells so', () => {
  const keys = [
    [{ key: 'Enter', keyCode: 13, isComposing: false }, false],
    [{ key: 'Enter', keyCode: 13, isComposing: true }, true], // Firefox
    [{ key: 'Process', keyCode: 229, isComposing: true }, true], // Chrome
    [{ key: 'Enter', keyCode: 229, isComposing: false }, true], // Safari, after the composition's end
  ];
  keys.forEach(([event, expected]) => assert.equal(isComposing(event), expected, JSON.stringify(event)));
});
