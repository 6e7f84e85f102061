// One message of the common format in a readable form.

import { actions, card, contact, entries } from './cards.js';
import { build, link } from './dom.js';
import { splitAddresses } from './links.js';
import { file, image, picture, place, recording } from './media.js';
import { gettext } from './text.js';

const LONG = 2000; // characters from which on a text is folded
const FOLDED = 1200;

/** Text in which web addresses are links. */
function linked(text) {
  const parts = splitAddresses(text).map((piece) => (piece.isAddress ? link(piece.text) : piece.text));
  return build('p', { class: 'words', dir: 'auto' }, ...parts);
}

function words(text) {
  if (text.length <= LONG) return linked(text);
  const part = linked(`${text.slice(0, FOLDED)}…`);
  const unfold = () => folded.replaceWith(linked(text));
  const folded = build('div', {}, part, build('button', { type: 'button', class: 'unfold', onclick: unfold }, gettext('Show more')));
  return folded;
}

const SHAPES = {
  image,
  attachment: file,
  video: (content) => recording('video', content),
  audio: (content) => recording('audio', content),
  youtube: (content) => recording('youtube', content),
  vimeo: (content) => recording('vimeo', content),
  location: place,
  contact,
  card,
  list: entries,
  carousel: entries,
};

function item(content) {
  const shape = SHAPES[content.type];
  if (shape) return shape(content);
  return content.url ? picture(content.url, content.title) : card(content);
}

/** The inside of a bubble. */
export function showContent(content) {
  const parts = [];
  if (content.text) parts.push(words(content.text));
  if (SHAPES[content.type]) parts.push(SHAPES[content.type](content));
  else parts.push(...(content.items || []).map(item));
  if (content.type !== 'card') parts.push(actions(content.actions)); // a card shows its own
  if (!parts.some(Boolean)) parts.push(build('p', { class: 'words' }, `[${content.type}]`));
  return build('div', { class: 'content' }, ...parts.filter(Boolean));
}
