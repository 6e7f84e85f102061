import { el, link } from '../view/dom.js';
import { safeUrl } from './links.js';
import { textBlock } from './text.js';
import { labelOf, objectsOf, textOf } from './values.js';

const TEXTS = ['text', 'subtitle', 'content', 'address', 'alt'];

/**
 * @param {*} url
 * @param {string} label
 * @returns {HTMLElement[]} a line that can be read, and pressed when the address is safe; none without either
 */
export function linkLine(url, label) {
  const href = safeUrl(url);
  if (href) return [el('div', { class: 'text', dir: 'auto' }, link(href, label || href))];
  return label ? [el('div', { class: 'text', dir: 'auto' }, el('strong', {}, label))] : [];
}

/**
 * @param {*} properties of a contact
 * @returns {HTMLElement[]} a line for each
 */
function renderProperties(properties) {
  return objectsOf(properties).map(({ key, value }) => textBlock(`${labelOf(key)}: ${textOf(value)}`));
}

/**
 * Shows a message of a type that has no form of its own, so that a visitor can read all of it.
 * @param {Object} message
 * @returns {HTMLElement[]}
 */
export function renderFallback(message) {
  const heading = linkLine(message.url || message.imageUrl, labelOf(message.title) || labelOf(message.label));
  const texts = TEXTS.map((name) => textOf(message[name])).filter(Boolean).map(textBlock);
  return [...heading, ...texts, ...renderProperties(message.properties)];
}
