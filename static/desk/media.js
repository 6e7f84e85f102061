// Pictures, films, sounds, files and places. Nothing is loaded but pictures, and those from https or from here only.

import { build, icon, link, safeUrl } from './dom.js';
import { fileKind, fileSize } from './kinds.js';
import { plainName } from './names.js';
import { gettext } from './text.js';

const MAP = 'https://www.openstreetmap.org';
const MOST = 48; // characters of an address that stands for a name
const NAMES = { youtube: 'YouTube', vimeo: 'Vimeo', video: gettext('Video'), audio: gettext('Audio') };

const secure = (url) => {
  const href = url ? safeUrl(url) : null;
  return href && (href.startsWith('https:') || href.startsWith(`${location.origin}/`)) ? href : null;
};

/** An address as people read it, shortened. */
function shortUrl(url) {
  const shown = url.replace(/^https?:\/\/(www\.)?/i, '');
  return shown.length > MOST ? `${shown.slice(0, MOST)}…` : shown;
}

/** A small line with a drawing: what it is, its name as a link, and a remark. */
function fileLine(drawing, kind, url, name, remark) {
  return build(
    'p',
    { class: 'file' },
    icon(drawing),
    build('span', { class: 'file-text' }, build('span', { class: 'sr' }, `${kind}: `), link(url, name || shortUrl(url)), build('small', {}, remark)),
  );
}

/** A picture that opens `anchor`, or itself, on a click; a plain link when it is not on https. */
export function picture(url, words, anchor) {
  const href = secure(url);
  if (!href) return fileLine('image', gettext('Image'), url, words, gettext('Image'));
  const image = build('img', { src: href, alt: words || gettext('Image'), loading: 'lazy', referrerpolicy: 'no-referrer' });
  image.addEventListener('error', () => image.replaceWith(build('span', { class: 'broken' }, icon('image'), words || gettext('Image'))));
  const target = (anchor && safeUrl(anchor)) || href;
  return build('a', { href: target, target: '_blank', rel: 'noopener noreferrer nofollow', class: 'picture' }, image);
}

export function image(content) {
  const shown = picture(content.url, content.alt || content.title, content.urlAnchor);
  if (!content.title || !secure(content.url)) return shown;
  return build('figure', { class: 'figure' }, shown, build('figcaption', { dir: 'auto' }, content.title));
}

/** `kind` is video, audio, youtube or vimeo; only the first two have a player, which loads nothing by itself. */
export function recording(kind, content) {
  const name = plainName(content.label || content.title);
  const remark = [NAMES[kind], fileSize(content.size)].filter(Boolean).join(' · ');
  const line = fileLine(kind === 'audio' ? 'sound' : 'film', NAMES[kind], content.url, name, remark);
  const href = secure(content.url);
  if (!href || (kind !== 'video' && kind !== 'audio')) return line;
  const player = build(kind, { src: href, controls: true, preload: 'none', 'aria-label': name || NAMES[kind] });
  return build('div', { class: 'recording' }, player, line);
}

export function file(content) {
  const name = plainName(content.label);
  const remark = [fileKind(content.mimeType, name), fileSize(content.size)].filter(Boolean).join(' · ');
  return fileLine('file', gettext('File'), content.url, name, remark);
}

/** The place in words, and a link to a map. */
export function place({ address, latitude, longitude }) {
  const point = latitude === undefined || longitude === undefined ? '' : `${latitude}, ${longitude}`;
  const map = point
    ? `${MAP}/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`
    : `${MAP}/search?query=${encodeURIComponent(address || '')}`;
  return build(
    'div',
    { class: 'place' },
    icon('pin'),
    build(
      'p',
      {},
      build('strong', { dir: 'auto' }, address || point),
      address && point && build('small', {}, point),
      link(map, gettext('Show on OpenStreetMap')),
    ),
  );
}
