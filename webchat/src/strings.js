import { chooseLanguage, nameOf } from './language.js';
import { languages } from './strings/index.js';

/** Every text that a visitor can read in the open chat, in the language that was chosen last. */
export const strings = { ...languages.en };

/** @type {{tag: string, direction: 'ltr'|'rtl'}} tag as Intl takes it: may name a region, such as en-GB */
export const locale = { tag: 'en', direction: 'ltr' };

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
 * @param {Array<string|undefined>} wishes
 * @param {string} name of the language that was chosen
 * @returns {string} as Intl takes it, with a region where there is one
 */
function tagOf(wishes, name) {
  const tags = wishes.map((wish) => String(wish || '').trim().replace(/_/g, '-')).filter(isTag);
  const chosen = tags.find((each) => nameOf(each) === name) || name;
  // A page in English does not say how times are written; the browser may.
  return tags.find((each) => each.startsWith(`${chosen}-`)) || chosen;
}

/**
 * Takes the first of the wishes that there is, else English.
 * @param {Array<string|undefined>} wishes language tags
 */
export function useLanguage(wishes) {
  const { name, direction } = chooseLanguage(wishes);
  Object.assign(strings, languages.en, languages[name]);
  Object.assign(locale, { tag: tagOf(wishes, name), direction });
}

/**
 * @param {string} text with names in braces, such as {name}
 * @param {Object<string, string|number>} values by those names
 * @returns {string} the text with the values in it
 */
export function filled(text, values) {
  // A function, for in a replacement text a file's name could stand for something else.
  return text.replace(/\{(\w+)\}/g, (whole, name) => (Object.keys(values).includes(name) ? values[name] : whole));
}

/**
 * @param {Object<string, string>} forms by plural category, `other` always being there
 * @param {number} count
 * @returns {string} the form for that many, with the number in it
 */
export function counted(forms, count) {
  const category = new Intl.PluralRules(locale.tag).select(count);
  return filled(forms[category] || forms.other, { count: count.toLocaleString(locale.tag) });
}
