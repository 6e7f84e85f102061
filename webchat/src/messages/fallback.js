import { el, link } from '../view/dom.js';
import { safeUrl } from './links.js';
import { textBlock } from './text.js';

const TEXTS = ['text', 'subtitle', 'content', 'address', 'alt'];

/**
 * @param {Object} message
 * @returns {HTMLElement[]} its heading, and a link when it has a safe address
 */
function renderHeading(message) {
  const title = message.title || message.label;
  const url = safeUrl(message.url || message.imageUrl);
  if (url) return [el('div', { class: 'text' }, link(url, title || url))];
  return title ? [el('div', { class: 'text' }, el('strong', {}, String(title)))] : [];
}

function renderPlace({ address, latitude, longitude }) {
  const isPlace = !address && latitude !== undefined && longitude !== undefined;
  return isPlace ? [textBlock(`${latitude}, ${longitude}`)] : [];
}

function renderProperties(properties) {
  return properties.map(({ key, value }) => textBlock(`${key}: ${value}`));
}

/**
 * Shows a message of a type that has no form of its own yet, so that a visitor can read all of it.
 * @param {Object} message
 * @returns {HTMLElement[]}
 */
export function renderFallback(message) {
  const texts = TEXTS.filter((name) => message[name]).map((name) => textBlock(message[name]));
  const properties = Array.isArray(message.properties) ? message.properties : [];
  return [...renderHeading(message), ...texts, ...renderPlace(message), ...renderProperties(properties)];
}
