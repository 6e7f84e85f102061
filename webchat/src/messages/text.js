import { el, link } from '../view/dom.js';
import { splitLinks } from './links.js';

/**
 * @param {*} text
 * @returns {HTMLElement} the text as it was typed, its web addresses being links
 */
export function textBlock(text) {
  const nodes = splitLinks(String(text)).map((piece) => (piece.url ? link(piece.url, piece.text) : piece.text));
  return el('div', { class: 'text', dir: 'auto' }, ...nodes);
}

/**
 * @param {{text?: string}} message
 * @returns {HTMLElement[]}
 */
export function renderText(message) {
  return message.text ? [textBlock(message.text)] : [];
}
