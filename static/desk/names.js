// Names and file names as people have them.

const LETTER = /[\p{L}\p{N}\p{Extended_Pictographic}\p{Regional_Indicator}]/u;
const DIRECTIONS = /[\u202a-\u202e\u2066-\u2069]/g;
const segmenter = globalThis.Intl && Intl.Segmenter ? new Intl.Segmenter(undefined, { granularity: 'grapheme' }) : null;

/** The characters of a text as people count them; code points where the browser is too old to know better. */
const characters = (text) => (segmenter ? Array.from(segmenter.segment(text), ({ segment }) => segment) : Array.from(text));

/** The first characters of the first two words. */
export function initials(name) {
  const words = name.replace(DIRECTIONS, '').split(/\s+/).filter(Boolean).slice(0, 2);
  const first = words.map((word) => {
    const found = characters(word);
    return found.find((one) => LETTER.test(one)) || found[0];
  });
  return first.join('').toLocaleUpperCase();
}

/** A file's name, or the beginning of a text, without the marks that turn its ending around. */
export const plainName = (label) => (label || '').replace(DIRECTIONS, '').trim();

/** A name inside a tooltip, where no element can keep its direction to itself. */
export const isolated = (text) => `\u2068${text}\u2069`;
