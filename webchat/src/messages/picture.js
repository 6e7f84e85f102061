import { strings } from '../strings.js';
import { applyStyles, el, link } from '../view/dom.js';
import { icon } from '../view/icons.js';
import { mediaUrl, safeUrl } from './links.js';

const SAMPLE = 'sample:';

/**
 * @param {*} url
 * @param {import('../config.js').Config} config
 * @returns {boolean} whether it stands for a picture or film of the styling mode, which loads nothing
 */
export function isSample(url, config) {
  return Boolean(config.styling) && url === SAMPLE;
}

/**
 * @param {string} title
 * @param {string} color a CSS colour; what is none is ignored
 * @returns {HTMLElement} a title on the picture
 */
export function captionStrip(title, color) {
  const strip = el('div', { class: 'caption', dir: 'auto' }, title);
  applyStyles(strip, { color });
  return strip;
}

/**
 * What is left of a picture or film that cannot be loaded.
 * @param {string} url
 * @param {string} label
 * @param {string} [shape] of its icon
 * @returns {HTMLElement}
 */
export function brokenLink(url, label, shape = 'picture') {
  const anchor = link(url, '');
  anchor.append(icon(shape), el('bdi', {}, label || url));
  anchor.className = 'broken';
  return anchor;
}

/**
 * @param {string[]} sources to try in turn, each safe
 * @param {string} alt
 * @param {function(): void} onBroken
 * @returns {HTMLImageElement}
 */
function makeImage(sources, alt, onBroken) {
  const rest = sources.slice(1);
  // The address comes last: what is set before it decides how it is fetched.
  const image = el('img', {
    class: 'picture', alt, loading: 'lazy', decoding: 'async', referrerpolicy: 'no-referrer', src: sources[0],
  });
  image.addEventListener('error', () => {
    const next = rest.shift();
    if (next) image.src = next;
    else onBroken();
  });
  return image;
}

/**
 * A picture in a box whose size does not depend on it.
 * @param {Array<*>} urls     the addresses to try in turn
 * @param {{alt: string, label: string}} names of the picture, and of the link to one that is broken
 * @param {import('../config.js').Config} config
 * @param {function(HTMLImageElement): Element} [wrap] makes it something to press
 * @returns {HTMLElement|null} null when there is no address to show or to link to
 */
export function pictureBox(urls, { alt, label }, config, wrap = (image) => image) {
  if (urls.some((url) => isSample(url, config))) {
    return el('div', { class: 'frame sample', role: 'img', 'aria-label': label || strings.picture }, icon('picture'));
  }
  const safe = urls.map(safeUrl).filter(Boolean);
  if (!safe.length) return null;
  const sources = urls.map((url) => mediaUrl(url, config)).filter(Boolean);
  const box = el('div', { class: 'frame' });
  const giveUp = () => box.replaceChildren(brokenLink(safe[0], label));
  if (sources.length) box.append(wrap(makeImage(sources, alt, giveUp)));
  else giveUp();
  return box;
}
