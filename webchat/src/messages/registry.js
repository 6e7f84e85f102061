import { el } from '../view/dom.js';
import { strings } from '../strings.js';
import { renderAttachment } from './attachment.js';
import { renderAudio } from './audio.js';
import { renderCard } from './card.js';
import { renderCarousel } from './carousel.js';
import { renderContact } from './contact.js';
import { renderFallback } from './fallback.js';
import { renderImage } from './image.js';
import { renderList } from './list.js';
import { renderLocation } from './location.js';
import { renderText, textBlock } from './text.js';
import { typeOf } from './values.js';
import { renderVideo } from './video.js';
import { renderVimeo } from './vimeo.js';
import { renderYoutube } from './youtube.js';

/**
 * @typedef {Object} Context
 * @property {import('../config.js').Config} config
 * @property {'own'|'agent'|'bot'|'other'} kind
 * @property {boolean} isNewest                   quick replies are offered by the newest message only
 * @property {function(Object): void} onPress     the visitor pressed a postback or reply
 * @property {function(Object): Node[]} renderItem an item inside a message
 * @property {Array<function(): void>} retirements what happens when the message is the newest no more
 */

/** What shows a message of each type. A type that is not here is shown by the fallback. */
const renderers = new Map(Object.entries({
  attachment: renderAttachment,
  audio: renderAudio,
  card: renderCard,
  carousel: renderCarousel,
  contact: renderContact,
  image: renderImage,
  list: renderList,
  location: renderLocation,
  text: renderText,
  video: renderVideo,
  vimeo: renderVimeo,
  youtube: renderYoutube,
}));
const HOLDERS = ['text', 'list', 'carousel'];

const renderWith = (render, message, context) => {
  try {
    const nodes = render(message, context);
    if (nodes.length) return nodes;
  } catch (error) {
    // A message of a shape that nobody foresaw must not take the others with it.
  }
  return [textBlock(strings.cannotShow)];
};

/** An item holds no further items, so however deep they are nested, one level is shown. */
function renderItem(item, context) {
  const type = typeOf(item.type);
  const render = HOLDERS.includes(type) ? renderFallback : renderers.get(type) || renderFallback;
  return renderWith(render, item, context);
}

/**
 * @param {Object} message
 * @param {{config: Object, kind: string, isNewest: boolean, onPress: function(Object): void}} given
 * @returns {{inside: Node[], below: Node[], retire: function(): void}} `inside` belongs into the bubble, `below` under
 *   it; one of them has nodes. `retire` takes the quick replies away, and leaves alone what plays
 */
export function renderMessage(message, given) {
  const context = { ...given, retirements: [] };
  context.renderItem = (item) => renderItem(item, context);
  const type = typeOf((message || {}).type);
  const nodes = renderWith(renderers.get(type) || renderFallback, message, context);
  const retire = () => context.retirements.forEach((each) => each());
  const isWords = type === 'text' || !renderers.has(type) || nodes[0].className === 'text';
  if (isWords) return { inside: nodes, below: [], retire };
  return { inside: [], below: [el('div', { class: 'below' }, ...nodes)], retire };
}
