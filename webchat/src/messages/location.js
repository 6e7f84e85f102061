import { filled, strings } from '../strings.js';
import { el, link } from '../view/dom.js';
import { icon } from '../view/icons.js';
import { labelOf } from './values.js';

const MAP = 'https://www.openstreetmap.org/';
const ZOOM = 16;
const DIGITS = 5;

/**
 * @param {*} value degrees, as a number or the text of one
 * @param {number} most
 * @returns {number} NaN for what is no coordinate
 */
function degrees(value, most) {
  const number = typeof value === 'number' ? value : Number.parseFloat(labelOf(value));
  return Math.abs(number) <= most ? number : NaN;
}

/**
 * @param {{address?: string, latitude?: number, longitude?: number}} message
 * @returns {{text: string, url: string}|null} what people read, and the place on a map
 */
export function placeOf(message) {
  const address = labelOf(message.address);
  const latitude = degrees(message.latitude, 90);
  const longitude = degrees(message.longitude, 180);
  if (Number.isNaN(latitude + longitude)) {
    return address ? { text: address, url: `${MAP}search?query=${encodeURIComponent(address)}` } : null;
  }
  const text = address || `${latitude.toFixed(DIGITS)}, ${longitude.toFixed(DIGITS)}`;
  const url = `${MAP}?mlat=${latitude}&mlon=${longitude}#map=${ZOOM}/${latitude}/${longitude}`;
  return { text, url };
}

/**
 * A drawn pin and the address; no map is loaded.
 * @param {Object} message
 * @returns {HTMLElement[]}
 */
export function renderLocation(message) {
  const place = placeOf(message);
  if (!place) return [];
  const anchor = link(place.url, '');
  anchor.className = 'card location';
  anchor.setAttribute('aria-label', filled(strings.openMap, { place: place.text }));
  const map = el('span', { class: 'frame map' }, icon('pin'));
  anchor.append(map, el('span', { class: 'address', dir: 'auto' }, place.text));
  return [anchor];
}
