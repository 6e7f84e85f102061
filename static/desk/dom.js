// Small builders. Text only ever enters by textContent, so nothing that anybody wrote can become markup.

export const find = (id) => document.getElementById(id);

/** An element: `build('p', { class: 'x', title: 'y' }, 'text', child)`. Children that are null or false are left out. */
export function build(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'onclick') element.addEventListener('click', value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** What a stranger wrote, between other words: its direction turns nothing beside it. */
export const bdi = (text, attributes = {}) => build('bdi', attributes, text);

/** Makes `wanted` the children of `parent` and moves only what is not in its place, so that players play on and clicks arrive. */
export function arrange(parent, wanted) {
  const keep = new Set(wanted);
  for (const old of [...parent.children]) if (!keep.has(old)) old.remove();
  wanted.forEach((item, place) => {
    if (parent.children[place] !== item) parent.insertBefore(item, parent.children[place] || null);
  });
}

/** A random GUID, also on pages without https, where browsers lack `randomUUID`. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** One of the page's own drawings. */
export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `#i-${name}`);
  svg.append(use);
  svg.setAttribute('aria-hidden', 'true');
  return svg;
}

/** The address if a click on it is harmless, else null. */
export function safeUrl(text) {
  try {
    const url = new URL(text, location.origin);
    // A name before the host is there to be taken for the host.
    return /^(https?|mailto|tel):$/.test(url.protocol) && !url.username && !url.password ? url.href : null;
  } catch (error) {
    return null;
  }
}

/** A link that opens elsewhere; only its text when the address is not harmless. */
export function link(url, text) {
  const href = safeUrl(/^[a-z][a-z0-9+.-]*:/i.test(url) ? url : `https://${url}`);
  if (!href) return bdi(text || url);
  return build('a', { href, target: '_blank', rel: 'noopener noreferrer nofollow' }, bdi(text || url));
}
