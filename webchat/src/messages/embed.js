import { filled, strings } from '../strings.js';
import { button, el, link } from '../view/dom.js';
import { icon } from '../view/icons.js';
import { linkLine } from './fallback.js';
import { pictureBox } from './picture.js';

// It may play and be made large; it may not move the page that it is in.
const MAY = 'allow-scripts allow-same-origin allow-presentation allow-popups';

/**
 * @typedef {Object} Film
 * @property {string} site   its name, as people know it
 * @property {string} watch  where it is to be seen
 * @property {string} player the address of the site's own player
 */

function makeFrame({ site, player }) {
  return el('iframe', {
    title: filled(strings.playVideo, { site }), sandbox: MAY, allow: 'autoplay; fullscreen; picture-in-picture', allowfullscreen: '',
    // The players refuse to play for a page that does not say where it is.
    referrerpolicy: 'strict-origin-when-cross-origin', src: player,
  });
}

/** A page whose content policy knows no such player says so; then the film is at its site only. */
function watchPolicy(player, box) {
  const { origin } = new URL(player);
  const listen = ({ blockedURI }) => {
    if (!String(blockedURI).startsWith(origin)) return;
    document.removeEventListener('securitypolicyviolation', listen);
    box.replaceChildren(el('div', { class: 'refused', role: 'status' }, strings.videoBlocked));
  };
  document.addEventListener('securitypolicyviolation', listen);
}

function start(film, box) {
  const frame = makeFrame(film);
  watchPolicy(film.player, box);
  box.replaceChildren(frame);
  frame.focus();
}

/**
 * A film of another site. Nothing of that site is loaded before the visitor presses.
 * @param {Film|null} film    null when the address is none of a film
 * @param {Object} message    with `url`
 * @param {string} title
 * @param {import('../config.js').Config} config
 * @returns {HTMLElement[]} a box with a button to play, and a link; a bare link for what is no film
 */
export function embed(film, message, title, config) {
  if (!film) return linkLine(message.url, title);
  const still = pictureBox([message.fallbackImageUrl], { alt: '', label: title }, config);
  const box = still || el('div', { class: 'frame' });
  box.classList.add('film');
  const play = button('play', () => config.styling || start(film, box), icon('play'));
  const name = filled(strings.playVideo, film);
  play.setAttribute('aria-label', title ? `${name}: ${title}` : name);
  box.append(play);
  const watch = link(film.watch, filled(strings.watchVideo, film));
  watch.className = 'watch';
  watch.append(icon('external'));
  return [box, watch];
}
