// The texts that people read come from the catalog that Django serves before the modules load.

import { bdi } from './dom.js';

export const { gettext, ngettext } = globalThis.django;

const BLANK = /%\((\w+)\)s/;

/** A text with its blanks filled, for attributes and plain strings: `fill('Open %(name)s', { name })`. */
export const fill = (text, values) => text.replace(new RegExp(BLANK, 'g'), (_, name) => String(values[name]));

/** Children for `build`: the words, and each value in an element of its own, so that its direction ends with it. */
export function phrase(text, values) {
  return text
    .split(BLANK) // words and names of blanks, in turn
    .map((part, place) => (place % 2 ? bdi(String(values[part])) : part))
    .filter((part) => part !== '');
}
