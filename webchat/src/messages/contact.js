import { el } from '../view/dom.js';
import { captionStrip, pictureBox } from './picture.js';
import { hintsOf, labelOf, objectsOf, textOf } from './values.js';

const MAIL = /^[^\s@<>"\\]+@[^\s@<>"\\]+$/;
const PHONE = /^\+?[\d\s().\-/]{3,40}$/;

/**
 * @param {string} kind  such as `phone;cell`
 * @param {string} value
 * @returns {string} an address that writes or calls; empty when there is none
 */
export function contactLink(kind, value) {
  const [name] = kind.toLowerCase().split(';');
  if (name === 'email' && MAIL.test(value)) return `mailto:${encodeURIComponent(value).replace(/%40/g, '@')}`;
  if (name === 'phone' && PHONE.test(value)) return `tel:${value.replace(/[^\d+]/g, '')}`;
  return '';
}

function renderProperty({ key, value, type }) {
  const text = textOf(value);
  const href = contactLink(labelOf(type), labelOf(value));
  const shown = href ? el('a', { href }, text) : text;
  return el('div', {}, el('dt', { dir: 'auto' }, labelOf(key)), el('dd', { dir: 'auto' }, shown));
}

/**
 * @param {{title: string, subtitle?: string, imageUrl?: string, properties?: Object[]}} message
 * @param {import('./registry.js').Context} context
 * @returns {HTMLElement[]}
 */
export function renderContact(message, { config }) {
  const title = labelOf(message.title);
  const subtitle = textOf(message.subtitle);
  const rows = objectsOf(message.properties).filter(({ value }) => textOf(value)).map(renderProperty);
  const box = pictureBox([message.imageUrl], { alt: '', label: title }, config);
  const { hasCaption, captionColor } = hintsOf(message);
  const isOnPicture = Boolean(box && hasCaption && title);
  if (isOnPicture) box.append(captionStrip(title, captionColor));
  const body = [
    ...(title && !isOnPicture ? [el('div', { class: 'card-title', dir: 'auto' }, title)] : []),
    ...(subtitle ? [el('div', { class: 'card-subtitle', dir: 'auto' }, subtitle)] : []),
    ...(rows.length ? [el('dl', {}, ...rows)] : []),
  ];
  if (!box && !body.length) return [];
  const parts = [...(box ? [box] : []), ...(body.length ? [el('div', { class: 'card-body' }, ...body)] : [])];
  return [el('div', { class: 'card contact' }, ...parts)];
}
