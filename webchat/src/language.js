import { button } from './strings/button.js';

const RIGHT_TO_LEFT = ['ar', 'he'];
// What browsers call them, or did once.
const ALIASES = { nb: 'no', nn: 'no', iw: 'he' };

/**
 * @param {string} tag such as pt-BR
 * @returns {string} the name of its texts; empty when there are none
 */
function nameOf(tag) {
  const primary = tag.toLowerCase().split('-')[0];
  const name = ALIASES[primary] || primary;
  return Object.prototype.hasOwnProperty.call(button, name) ? name : '';
}

/**
 * @param {string} tag
 * @returns {boolean} whether Intl takes it
 */
function isTag(tag) {
  try {
    return Intl.getCanonicalLocales(tag).length > 0;
  } catch (error) {
    return false;
  }
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
 * @returns {{name: string, tag: string, direction: 'ltr'|'rtl'}} `tag` as Intl takes it: may name a region
 */
export function chooseLanguage(wishes) {
  const tags = wishes.map((wish) => String(wish || '').trim().replace(/_/g, '-'));
  const chosen = tags.find((each) => isTag(each) && nameOf(each)) || 'en';
  const name = nameOf(chosen);
  // A page in English does not say how times are written; the browser may.
  const tag = tags.find((each) => each.startsWith(`${chosen}-`) && isTag(each)) || chosen;
  return { name, tag, direction: RIGHT_TO_LEFT.includes(name) ? 'rtl' : 'ltr' };
}
