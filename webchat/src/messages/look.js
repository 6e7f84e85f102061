import { setStyles } from '../view/dom.js';
import { TONES } from './values.js';

/** @type {string[]} the keys of `styles` that are about buttons; each takes the tones, and each tone with `Hover` */
export const BUTTON_KEYS = ['buttons', 'quickReplies', 'links', 'listItemButtons', 'listButtons'];

/** The colours of a hover style are to be what the host page says, not those under our veil. */
const withoutVeil = (styles) => (Object.keys(styles).length ? { boxShadow: 'none', ...styles } : styles);
const objectOf = (value) => (value && typeof value === 'object' ? value : {});

/**
 * @param {*} styles as the host page gives them
 * @returns {Array<{selector: string, styles: Object<string, *>}>} only those that were given
 */
export function buttonRules(styles) {
  const rules = BUTTON_KEYS.flatMap((key) => {
    const given = objectOf(objectOf(styles)[key]);
    return TONES.flatMap((tone) => [
      { selector: `.action.${key}.${tone}`, styles: objectOf(given[tone]) },
      { selector: `.action.${key}.${tone}:hover`, styles: withoutVeil(objectOf(given[`${tone}Hover`])) },
    ]);
  });
  return rules.filter((rule) => Object.keys(rule.styles).length);
}

/**
 * Puts the host page's styles of buttons into a sheet. Values go through the CSSOM, so none can end its rule.
 * @param {CSSStyleSheet} sheet
 * @param {*} styles
 */
export function fillSheet(sheet, styles) {
  buttonRules(styles).forEach((rule) => {
    const place = sheet.insertRule(`${rule.selector} {}`, sheet.cssRules.length);
    setStyles(sheet.cssRules[place].style, rule.styles);
  });
}
