import { languages } from './strings/index.js';

const RIGHT_TO_LEFT = ['ar', 'he'];
// What browsers call them, or did once.
const ALIASES = { nb: 'no', nn: 'no', iw: 'he' };

/** Every text that a visitor can read, in the language that was chosen last. */
export const strings = { ...languages.en };

/** @type {{tag: string, direction: 'ltr'|'rtl'}} tag as Intl takes it: may name a region, such as en-GB */
export const locale = { tag: 'en', direction: 'ltr' };

/**
 * @param {string} tag such as pt-BR
 * @returns {string} the name of its module; empty when there is none
 */
function moduleOf(tag) {
  const primary = tag.toLowerCase().split('-')[0];
  const name = ALIASES[primary] || primary;
  return Object.prototype.hasOwnProperty.call(languages, name) ? name : '';
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
 * Takes the first of the wishes that there is, else English.
 * @param {Array<string|undefined>} wishes language tags
 */
export function useLanguage(wishes) {
  const tags = wishes.map((wish) => String(wish || '').trim().replace(/_/g, '-'));
  const tag = tags.find((each) => isTag(each) && moduleOf(each)) || 'en';
  const name = moduleOf(tag);
  Object.assign(strings, languages.en, languages[name]);
  // A page in English does not say how times are written; the browser may.
  locale.tag = tags.find((each) => each.startsWith(`${tag}-`) && isTag(each)) || tag;
  locale.direction = RIGHT_TO_LEFT.includes(name) ? 'rtl' : 'ltr';
}

/**
 * @param {Object<string, string>} forms by plural category, `other` always being there
 * @param {number} count
 * @returns {string} the form for that many, with the number in it
 */
export function counted(forms, count) {
  const category = new Intl.PluralRules(locale.tag).select(count);
  return (forms[category] || forms.other).replace('{count}', count.toLocaleString(locale.tag));
}
