import { el } from './dom.js';

/**
 * @param {*} url relative to the page, or empty
 * @returns {string} the whole address; empty when it is no address of a picture
 */
function pictureUrl(url) {
  if (!url) return '';
  try {
    const { href } = new URL(url, document.baseURI);
    return /^(https?:|data:image\/)/.test(href) ? href : '';
  } catch (error) {
    return '';
  }
}

/**
 * @param {*} url of the host page's own picture
 * @param {function(): Element} drawing what to use when there is none
 * @returns {Element}
 */
export function pictureOr(url, drawing) {
  const src = pictureUrl(url);
  return src ? el('img', { class: 'icon', src, alt: '' }) : drawing();
}
