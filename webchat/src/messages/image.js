import { filled, strings } from '../strings.js';
import { button, el, link } from '../view/dom.js';
import { safeLink } from './links.js';
import { captionStrip, pictureBox } from './picture.js';
import { hintsOf, labelOf } from './values.js';
import { openPicture } from './viewer.js';

/** Makes a picture a link when the sender gave one, and a button that enlarges it otherwise. */
function makePressable(image, name, { urlAnchor, title }) {
  const url = safeLink(urlAnchor);
  if (url) {
    const anchor = link(url, '');
    anchor.className = 'press';
    anchor.append(image);
    return anchor;
  }
  const opener = button('press', () => {
    openPicture(opener, { src: image.currentSrc || image.src, name, caption: labelOf(title) });
  }, image);
  opener.setAttribute('aria-label', filled(strings.enlarge, { name }));
  return opener;
}

/**
 * @param {{url: string, urlAnchor?: string, alt?: string, title?: string}} message
 * @param {import('./registry.js').Context} context
 * @returns {HTMLElement[]}
 */
export function renderImage(message, { config }) {
  const title = labelOf(message.title);
  const label = labelOf(message.alt) || title;
  const alt = label || strings.picture;
  const box = pictureBox([message.url], { alt, label }, config, (image) => makePressable(image, alt, message));
  if (!box) return [];
  const { hasCaption, captionColor } = hintsOf(message);
  if (hasCaption && title) box.append(captionStrip(title, captionColor));
  const below = title && !hasCaption ? [el('div', { class: 'media-title', dir: 'auto' }, title)] : [];
  return [el('div', { class: 'media' }, box, ...below)];
}
