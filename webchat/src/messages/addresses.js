/**
 * Where a web address in a text begins and ends. The service and the desk have the same rule; tests/link_cases.json binds
 * the three.
 */

// In no address: white space, controls, marks that cannot be seen, quotation marks that open, wide punctuation.
const NEVER_IN_ADDRESS = '\\s\\u0000-\\u001f\\u007f-\\u009f\\u200b\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069\\ufeff'
  + '<>"`\\\\‘‚‹›“”„‟«»。，、！？；：「」『』（）【】《》〈〉〔〕［］｛｝';
const BARE = 'www\\.|(?:m\\.)?youtube\\.com/|youtu\\.be/|(?:player\\.)?vimeo\\.com/';
// What may not stand before an address is part of the pattern: Safari learned to look behind only lately.
const ADDRESS = new RegExp(`(^|[^a-z0-9_@./-])((https?://|${BARE})[^${NEVER_IN_ADDRESS}]+)`, 'gi');
const TAIL = ".,;:!?'’*|…،؛؟۔।॥։";
const BRACKETS = { ')': '(', ']': '[', '}': '{' };
const LONGEST = 3000;

const countOf = (text, character) => text.split(character).length - 1;

/** Punctuation at the end belongs to the sentence, and so does a bracket that was opened before the address. */
function withoutTail(address) {
  let url = address;
  for (;;) {
    const last = url.slice(-1);
    const isOpen = BRACKETS[last] && countOf(url, last) > countOf(url, BRACKETS[last]);
    if (!last || !(isOpen || TAIL.includes(last))) return url;
    url = url.slice(0, -1);
  }
}

/**
 * @param {string} text
 * @returns {Array<{text: string, isAddress: boolean}>} the text in pieces, which together are all of it
 */
export function splitAddresses(text) {
  const pieces = [];
  let end = 0;
  const add = (upTo, isAddress) => {
    if (upTo > end) pieces.push({ text: text.slice(end, upTo), isAddress });
    end = Math.max(end, upTo);
  };
  for (const { 1: before, 2: found, 3: start, index } of text.matchAll(ADDRESS)) {
    const address = found.length > LONGEST ? '' : withoutTail(found);
    if (address.length <= start.length) continue;
    const place = index + before.length;
    add(place, false);
    add(place + address.length, true);
  }
  add(text.length, false);
  return pieces;
}
