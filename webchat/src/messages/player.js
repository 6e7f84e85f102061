import { el } from '../view/dom.js';
import { mediaUrl, safeUrl } from './links.js';
import { brokenLink, isSample } from './picture.js';
import { labelOf } from './values.js';

/**
 * The browser's own player; a link where the film or sound cannot be loaded.
 * @param {'video'|'audio'} tag
 * @param {Object} message with `url` and `label`
 * @param {string} name    of what has no label
 * @param {import('../config.js').Config} config
 * @returns {HTMLElement|null} null without a safe address
 */
export function player(tag, message, name, config) {
  const label = labelOf(message.label) || labelOf(message.title);
  const element = el(tag, { controls: '', preload: 'metadata', playsinline: '', 'aria-label': label || name });
  const box = el('div', { class: tag === 'video' ? 'frame' : 'sound' }, element);
  if (isSample(message.url, config)) return box;
  const safe = safeUrl(message.url);
  if (!safe) return null;
  const giveUp = () => box.replaceChildren(brokenLink(safe, label, 'external'));
  const src = mediaUrl(message.url, config);
  element.addEventListener('error', giveUp);
  if (src) element.setAttribute('src', src);
  else giveUp();
  return box;
}

/**
 * @param {'video'|'audio'} tag
 * @param {Object} message
 * @param {string} name
 * @param {import('../config.js').Config} config
 * @returns {HTMLElement[]} the player and its label
 */
export function renderPlayer(tag, message, name, config) {
  const box = player(tag, message, name, config);
  if (!box) return [];
  const label = labelOf(message.label);
  const title = label ? [el('div', { class: 'media-title', dir: 'auto' }, label)] : [];
  return [el('div', { class: 'media' }, box, ...title)];
}
