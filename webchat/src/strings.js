import { chooseLanguage } from './language.js';
import { button } from './strings/button.js';
import { languages } from './strings/index.js';

/** Every text that a visitor can read, in the language that was chosen last. */
export const strings = { ...languages.en, openChat: button.en[0] };

/** @type {{tag: string, direction: 'ltr'|'rtl'}} tag as Intl takes it: may name a region, such as en-GB */
export const locale = { tag: 'en', direction: 'ltr' };

/**
 * Takes the first of the wishes that there is, else English.
 * @param {Array<string|undefined>} wishes language tags
 */
export function useLanguage(wishes) {
  const { name, tag, direction } = chooseLanguage(wishes);
  Object.assign(strings, languages.en, languages[name], { openChat: button[name][0] });
  Object.assign(locale, { tag, direction });
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
