import { el, link } from '../view/dom.js';
import { icon } from '../view/icons.js';
import { linkLine } from './fallback.js';
import { safeUrl } from './links.js';
import { labelOf } from './values.js';

const LONGEST_KIND = 5;
const ENDING = /\.(\w{1,5})$/;

/**
 * @param {*} mimeType such as `application/pdf` or `pdf`
 * @param {string} [fileName] whose ending tells it when the type's name is none for people
 * @returns {string} what people call it; empty when that would be no name
 */
export function fileKind(mimeType, fileName = '') {
  const name = labelOf(mimeType).split(';')[0].split('/').pop().trim();
  const isName = name.length <= LONGEST_KIND && name !== 'plain';
  const [, ending] = ENDING.exec(fileName) || ['', ''];
  return (isName && name ? name : ending).toUpperCase();
}

/**
 * @param {{label: string, mimeType: string, url: string}} message
 * @returns {HTMLElement[]}
 */
export function renderAttachment(message) {
  const label = labelOf(message.label);
  const url = safeUrl(message.url);
  if (!url) return linkLine('', label);
  const anchor = link(url, '');
  anchor.className = 'attachment';
  anchor.append(
    el('span', { class: 'clip' }, icon('clip')),
    el('span', { class: 'label', dir: 'auto' }, label || url),
    el('span', { class: 'kind' }, fileKind(message.mimeType, label)),
  );
  return [anchor];
}
