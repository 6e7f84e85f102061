import { safeUrl } from './links.js';

const YOUTUBE = /^((www|m|music)\.)?(youtube|youtube-nocookie)\.com$|^(www\.)?youtu\.be$/;
const YOUTUBE_PATH = /^\/(?:embed|shorts|live|v|e)\/([\w-]{3,64})\/?$/;
const VIMEO = /^((www|player)\.)?vimeo\.com$/;
const VIMEO_PATH = /(?:^|\/)(\d{5,12})(?:\/([0-9a-f]{6,32}))?\/?$/;
const NAME = /^[\w-]{3,64}$/;

function parse(value) {
  const href = safeUrl(value);
  return href ? new URL(href) : null;
}

function youtubePath({ hostname, pathname, searchParams }) {
  const list = searchParams.get('list') || '';
  const short = /youtu\.be$/.test(hostname) && pathname !== '/watch' ? pathname.slice(1).replace(/\/$/, '') : '';
  const named = YOUTUBE_PATH.exec(pathname);
  const id = searchParams.get('v') || short || (named && named[1] !== 'videoseries' ? named[1] : '');
  if (NAME.test(id)) return `${id}?`;
  return NAME.test(list) ? `videoseries?list=${list}&` : '';
}

/**
 * @param {*} value an address in any of the forms that the site has
 * @returns {import('./embed.js').Film|null}
 */
export function youtubeFilm(value) {
  const url = parse(value);
  const path = url && YOUTUBE.test(url.hostname) ? youtubePath(url) : '';
  if (!path) return null;
  return { site: 'YouTube', watch: url.href, player: `https://www.youtube-nocookie.com/embed/${path}autoplay=1&rel=0` };
}

/**
 * @param {*} value
 * @returns {import('./embed.js').Film|null}
 */
export function vimeoFilm(value) {
  const url = parse(value);
  const found = url && VIMEO.test(url.hostname) && VIMEO_PATH.exec(url.pathname);
  if (!found) return null;
  const key = found[2] || url.searchParams.get('h') || '';
  const query = /^[0-9a-f]{6,32}$/.test(key) ? `h=${key}&` : '';
  const player = `https://player.vimeo.com/video/${found[1]}?${query}autoplay=1&dnt=1`;
  return { site: 'Vimeo', watch: url.href, player };
}
