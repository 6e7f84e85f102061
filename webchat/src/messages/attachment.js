import { el, link } from '../view/dom.js';
import { icon } from '../view/icons.js';
import { sizeOf } from '../view/size.js';
import { linkLine } from './fallback.js';
import { safeUrl } from './links.js';
import { labelOf } from './values.js';

const LONGEST_KIND = 5;
const ENDING = /\.(\w{1,5})$/;
// Their types are no names for people, and the names are the same in all languages.
const OFFICE = [
  [/msword|wordprocessingml/, 'Word'],
  [/ms-excel|spreadsheetml/, 'Excel'],
  [/ms-powerpoint|presentationml/, 'PowerPoint'],
];

/**
 * @param {*} mimeType such as `application/pdf` or `pdf`
 * @param {string} [fileName] whose ending tells it when the type's name is none for people
 * @returns {string} what people call it; empty when that would be no name
 */
export function fileKind(mimeType, fileName = '') {
  const type = labelOf(mimeType);
  const office = OFFICE.find(([pattern]) => pattern.test(type));
  if (office) return office[1];
  const name = type.split(';')[0].split('/').pop().trim();
  const isName = name.length <= LONGEST_KIND && name !== 'plain';
  const [, ending] = ENDING.exec(fileName) || ['', ''];
  return (isName && name ? name : ending).toUpperCase();
}

/**
 * @param {{label: string, mimeType: string, url: string, size?: number}} message
 * @returns {HTMLElement[]}
 */
export function renderAttachment(message) {
  const label = labelOf(message.label);
  const url = safeUrl(message.url);
  if (!url) return linkLine('', label);
  const size = message.size > 0 ? sizeOf(message.size) : '';
  const kind = fileKind(message.mimeType, label);
  const details = el('span', { class: 'kind' }, el('bdi', {}, kind), kind && size ? ' · ' : '', el('bdi', {}, size));
  const name = el('span', { class: 'label' }, el('bdi', {}, label || url));
  const about = el('span', { class: 'about' }, name, details);
  const anchor = link(url, '');
  anchor.className = 'attachment';
  anchor.append(el('span', { class: 'clip' }, icon('clip')), about);
  return [anchor];
}
