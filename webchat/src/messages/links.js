import { splitAddresses } from './addresses.js';

// As the service has it: what is in no web address, and would be read in many ways.
const NEVER = /[\s\\<>"\u0000-\u001f\u007f]/;
const WITHOUT_SCHEME = /^[\w-]+(\.[\w-]+)+([/:?#]|$)/;

/**
 * @param {*} value
 * @returns {string} the address when it is a web address; empty when it could be anything else
 */
export function safeUrl(value) {
  if (typeof value !== 'string') return '';
  const text = value.trim();
  if (NEVER.test(text)) return '';
  try {
    const url = new URL(WITHOUT_SCHEME.test(text) ? `https://${text}` : text);
    // A name before the host is there to be taken for the host.
    return /^https?:$/.test(url.protocol) && !url.username && !url.password ? url.href : '';
  } catch (error) {
    return '';
  }
}

/**
 * @param {*} value of an action, which may also write a mail or call a number
 * @returns {string} empty when it could be anything else
 */
export function safeLink(value) {
  const text = typeof value === 'string' ? value.trim() : '';
  return /^(mailto|tel):[^\s<>"\\\u0000-\u001f]+$/i.test(text) ? text : safeUrl(value);
}

/**
 * @param {*} value
 * @param {import('../config.js').Config} config
 * @returns {string} the address when its picture, film or sound may be loaded: encrypted, or from our own server
 */
export function mediaUrl(value, config) {
  const href = safeUrl(value);
  return /^https:/.test(href) || (href && new URL(href).origin === originOf(config.engineEndpoint)) ? href : '';
}

function originOf(address) {
  try {
    return new URL(address).origin;
  } catch (error) {
    return '';
  }
}

/**
 * @param {string} text
 * @returns {Array<{text: string, url?: string}>} the text in pieces, those with an address being links
 */
export function splitLinks(text) {
  return splitAddresses(text).map(({ text: piece, isAddress }) => {
    const url = isAddress && safeUrl(piece);
    return url ? { text: piece, url } : { text: piece };
  });
}
