import { el } from '../view/dom.js';
import { embed } from './embed.js';
import { vimeoFilm } from './films.js';
import { labelOf } from './values.js';

/**
 * @param {{url: string, title?: string}} message
 * @param {import('./registry.js').Context} context
 * @returns {HTMLElement[]}
 */
export function renderVimeo(message, { config }) {
  const film = vimeoFilm(message.url);
  const nodes = embed(film, message, labelOf(message.title), config);
  return film ? [el('div', { class: 'media' }, ...nodes)] : nodes;
}
