import { el, link } from '../view/dom.js';
import { renderActions } from './actions.js';
import { splitLinks } from './links.js';
import { objectsOf, textOf } from './values.js';

const MOST_BIG = 40;
const PICTURE = '\\p{Extended_Pictographic}[\\ufe0f\\u{1f3fb}-\\u{1f3ff}]*';
const EMOJI = new RegExp(`^(\\p{RI}\\p{RI}|${PICTURE}(\\u200d${PICTURE})*|[0-9#*]\\ufe0f?\\u20e3|\\s)+$`, 'u');

/**
 * @param {string} text
 * @returns {boolean} whether it is a few emoji and nothing else
 */
export function isEmoji(text) {
  return text.length <= MOST_BIG && EMOJI.test(text);
}

/**
 * @param {*} text
 * @returns {HTMLElement} the text as it was typed, its web addresses being links
 */
export function textBlock(text) {
  const words = String(text);
  const nodes = splitLinks(words).map((piece) => (piece.url ? link(piece.url, piece.text) : piece.text));
  return el('div', { class: isEmoji(words) ? 'text emoji' : 'text', dir: 'auto' }, ...nodes);
}

/**
 * @param {{text?: string, items?: Object[], actions?: Object[]}} message
 * @param {import('./registry.js').Context} context
 * @returns {Node[]}
 */
export function renderText(message, context) {
  const text = textOf(message.text);
  const items = objectsOf(message.items).flatMap((item) => context.renderItem(item));
  const isAlone = !text && !items.length;
  return [...(text ? [textBlock(text)] : []), ...items, ...renderActions(message.actions, context, 'message', isAlone)];
}
