import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyTheme } from '../../webchat/src/view/theme.js';

/** A page whose system is dark or not, and an element that knows whether it is. */
function setUp(theme, matches) {
  const system = new EventTarget();
  system.matches = matches;
  globalThis.matchMedia = () => system;
  const element = { isDark: null, classList: { toggle: (name, isOn) => (element.isDark = isOn) } };
  applyTheme(element, theme, new AbortController().signal);
  return { element, system };
}

test('dark is dark, and whatever is no theme is light', () => {
  const looks = ['dark', 'light', undefined, 'neon', 5].map((theme) => setUp(theme, true).element.isDark);
  assert.deepEqual(looks, [true, false, false, false, false]);
});

test('auto follows the system', () => {
  const { element, system } = setUp('auto', true);
  assert.equal(element.isDark, true);
  system.matches = false;
  system.dispatchEvent(new Event('change'));
  assert.equal(element.isDark, false);
});
