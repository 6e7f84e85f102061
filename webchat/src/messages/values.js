// Characters that are not seen, or that turn the order of others around.
const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff]+/g;
const CHANNEL = /^web-?chat$/i;
const COLOUR = /^(#[0-9a-f]{3,8}|[a-z]{3,24}|(rgb|hsl)a?\([\d\s.,%/]+\))$/i;

/** @type {string[]} what a button can be, as in the key `type` of its hints */
export const TONES = ['primary', 'info', 'secondary', 'success', 'warning', 'danger'];

/**
 * @param {*} value of any kind: what comes from outside may be anything
 * @returns {string} empty when it is no text
 */
export function textOf(value) {
  if (typeof value === 'string') return value.trim() ? value : '';
  return Number.isFinite(value) ? String(value) : '';
}

/**
 * @param {*} value
 * @returns {string} a text of one line, that is what it looks like
 */
export function labelOf(value) {
  return textOf(value).replace(HIDDEN, ' ').trim();
}

/**
 * @param {*} value
 * @returns {Object[]} the objects of a list; empty when it is none
 */
export function objectsOf(value) {
  return Array.isArray(value) ? value.filter((one) => one && typeof one === 'object' && !Array.isArray(one)) : [];
}

/**
 * @param {*} value
 * @returns {string} the name of a type, in lower case
 */
export function typeOf(value) {
  return labelOf(value).toLowerCase();
}

/**
 * @typedef {Object} Hints what a sender wants for the web chat
 * @property {boolean} hasCaption  the title is shown on the picture
 * @property {string} captionColor a CSS colour, or empty
 * @property {string} tone         one of TONES, or empty
 */

/**
 * @param {Object} part         with `channels`
 * @param {Hints} [inherited]   those of the list that the part is in
 * @returns {Hints}
 */
export function hintsOf(part, inherited = { hasCaption: false, captionColor: '' }) {
  const found = new Map();
  objectsOf(part.channels).filter(({ type }) => CHANNEL.test(labelOf(type))).forEach(({ metadata }) => {
    objectsOf(metadata).forEach(({ key, value }) => found.set(typeOf(key), labelOf(value)));
  });
  const color = found.get('caption-color') || '';
  const tone = (found.get('type') || '').toLowerCase();
  return {
    hasCaption: found.has('caption-show') ? found.get('caption-show').toLowerCase() === 'true' : inherited.hasCaption,
    captionColor: COLOUR.test(color) ? color : inherited.captionColor,
    tone: TONES.includes(tone) ? tone : '',
  };
}
