import { strings } from '../strings.js';
import { el } from '../view/dom.js';
import { renderActions } from './actions.js';
import { embed } from './embed.js';
import { vimeoFilm, youtubeFilm } from './films.js';
import { captionStrip, pictureBox } from './picture.js';
import { player } from './player.js';
import { textBlock } from './text.js';
import { hintsOf, labelOf, textOf, typeOf } from './values.js';

const FILMS = { youtube: youtubeFilm, vimeo: vimeoFilm };

/** The documentation's examples give the address of every kind as `imageUrl`, so it is looked at too. */
function renderMedia(message, title, config) {
  const { url, imageUrl, fallbackImageUrl } = message;
  const kind = typeOf(message.urlType) || (url || imageUrl ? typeOf(message.type) : '');
  const address = url || imageUrl;
  if (kind === 'youtube' || kind === 'vimeo') {
    const still = fallbackImageUrl || (url && imageUrl);
    return embed(FILMS[kind](address), { url: address, fallbackImageUrl: still }, title, config);
  }
  if (kind === 'video' || kind === 'audio') return [player(kind, { url: address, title }, strings[kind], config)];
  // With a title beside it, a name of its own would be that title a second time.
  return [pictureBox([url, imageUrl, fallbackImageUrl], { alt: title ? '' : strings.picture, label: title }, config)];
}

/**
 * @param {string} title empty when it stands on the picture already
 * @param {Object} message
 * @returns {HTMLElement[]}
 */
function renderBody(title, message) {
  const subtitle = textOf(message.subtitle);
  const content = textOf(message.content);
  const nodes = [
    ...(title ? [el('div', { class: 'card-title', dir: 'auto' }, title)] : []),
    ...(subtitle ? [el('div', { class: 'card-subtitle', dir: 'auto' }, subtitle)] : []),
    ...(content ? [textBlock(content)] : []),
  ];
  return nodes.length ? [el('div', { class: 'card-body' }, ...nodes)] : [];
}

/**
 * A card, or an entry of a list or carousel.
 * @param {Object} message
 * @param {import('./registry.js').Context} context
 * @param {import('./values.js').Hints} [inherited] what the list says for all its entries
 * @returns {HTMLElement[]}
 */
export function renderCard(message, context, inherited) {
  const title = labelOf(message.title);
  const { hasCaption, captionColor } = hintsOf(message, inherited);
  const media = renderMedia(message, title, context.config).filter(Boolean);
  const image = media.find((node) => node.matches('.frame:not(.film)') && !node.querySelector('video'));
  const isOnPicture = Boolean(hasCaption && title && image);
  if (isOnPicture) image.append(captionStrip(title, captionColor));
  const nodes = [
    ...media, ...renderBody(isOnPicture ? '' : title, message), ...renderActions(message.actions, context, 'item'),
  ];
  return nodes.length ? [el('div', { class: 'card' }, ...nodes)] : [];
}
