import { button } from './strings/button.js';

const RIGHT_TO_LEFT = ['ar', 'he'];
// What browsers call them, or did once.
const ALIASES = { nb: 'no', nn: 'no', iw: 'he' };

/**
 * @param {string|undefined} tag such as pt-BR, also with an underscore
 * @returns {string|undefined} the name of its texts; nothing when there are none
 */
export function nameOf(tag) {
  const primary = String(tag).trim().toLowerCase().split(/[-_]/)[0];
  return Object.keys(button).find((name) => name === (ALIASES[primary] || primary));
}

/**
 * @param {import('./config.js').Config} config
 * @returns {string[]} language tags: what the host page says, what it is written in, what the browser prefers
 */
export function wishesOf(config) {
  return [config.language, document.documentElement.lang, navigator.language];
}

/**
 * The first of the wishes that there is, else English.
 * @param {Array<string|undefined>} wishes language tags
 * @returns {{name: string, direction: 'ltr'|'rtl'}}
 */
export function chooseLanguage(wishes) {
  const name = wishes.map(nameOf).find(Boolean) || 'en';
  return { name, direction: RIGHT_TO_LEFT.includes(name) ? 'rtl' : 'ltr' };
}
