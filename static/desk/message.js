// One message of the common format in a readable form: texts as they are, everything else by title, text and link.

import { build, link, safeUrl } from './dom.js';

const EVENTS = {
  'hubster.takeover': 'An agent takes over',
  'hubster.handover': 'The bot hands over to an agent',
  'hubster.handback': 'Handed back to the bot',
};
const ADDRESS = /\bhttps?:\/\/[^\s<>"']+/gi;

/** An event in words. */
export function eventText(content) {
  const name = content.payloadType || content.type || '';
  return EVENTS[name] || `Event: ${name}`;
}

/** Text in which web addresses are links. */
function linked(text) {
  const parts = [];
  let end = 0;
  for (const found of text.matchAll(ADDRESS)) {
    const url = found[0].replace(/[.,;:!?)]+$/, '');
    parts.push(text.slice(end, found.index), link(url));
    end = found.index + url.length;
  }
  parts.push(text.slice(end));
  return build('p', { class: 'words' }, ...parts);
}

function picture(url, words) {
  const href = safeUrl(url);
  if (!href || !href.startsWith('https:')) return link(url, words || url);
  const image = build('img', { src: href, alt: words || 'Picture', loading: 'lazy', referrerpolicy: 'no-referrer' });
  image.addEventListener('error', () => image.replaceWith(words || 'Picture (cannot be shown)'));
  return build('a', { href, target: '_blank', rel: 'noopener noreferrer nofollow', class: 'picture' }, image);
}

function actions(list) {
  const chips = (list || []).map((action) =>
    action.url ? build('span', { class: 'chip' }, link(action.url, action.title)) : build('span', { class: 'chip' }, action.title),
  );
  return chips.length > 0 && build('div', { class: 'chips' }, ...chips);
}

function place(content) {
  const point = content.latitude === undefined ? '' : `${content.latitude}, ${content.longitude}`;
  return build('p', { class: 'words' }, `Location: ${[content.address, point && `(${point})`].filter(Boolean).join(' ')}`);
}

function resource(content) {
  if (!content.url) return content.imageUrl ? picture(content.imageUrl, content.title) : null;
  return content.urlType === 'image' ? picture(content.url, content.title) : link(content.url);
}

function card(content) {
  const lines = (content.properties || []).map((line) => build('p', {}, `${line.key}: ${line.value}`));
  return build(
    'div',
    { class: 'card' },
    resource(content),
    content.title && build('strong', {}, content.title),
    content.subtitle && build('p', {}, content.subtitle),
    content.content && build('p', {}, content.content),
    ...lines,
    actions(content.actions),
  );
}

const SHAPES = {
  image: (content) => picture(content.url, content.title || content.alt),
  attachment: (content) => build('p', { class: 'words' }, 'File: ', link(content.url, content.label)),
  video: (content) => build('p', { class: 'words' }, 'Video: ', link(content.url, content.label)),
  audio: (content) => build('p', { class: 'words' }, 'Sound: ', link(content.url, content.label)),
  youtube: (content) => build('p', { class: 'words' }, 'Video: ', link(content.url)),
  vimeo: (content) => build('p', { class: 'words' }, 'Video: ', link(content.url)),
  location: place,
  contact: card,
  card,
};

/** The inside of a bubble. */
export function showContent(content) {
  const parts = [];
  if (content.text) parts.push(linked(content.text));
  if (SHAPES[content.type]) parts.push(SHAPES[content.type](content));
  for (const item of content.items || []) parts.push((SHAPES[item.type] || card)(item));
  if (!SHAPES[content.type]) parts.push(actions(content.actions));
  if (!parts.some(Boolean)) parts.push(build('p', { class: 'words' }, `[${content.type}]`));
  return build('div', { class: 'content' }, ...parts.filter(Boolean));
}
