// Cards, contacts, lists and carousels, and the buttons of all messages.

import { bdi, build, icon, link } from './dom.js';
import { picture, recording } from './media.js';
import { isolated } from './names.js';
import { fill, gettext, ngettext } from './text.js';

const FILMS = ['youtube', 'vimeo', 'video', 'audio'];
const KINDS = { reply: gettext('Quick reply'), postback: gettext('Button'), link: gettext('Link') };

/** What the customer can press, as chips; null when there is nothing. */
export function actions(list) {
  if (!list || !list.length) return null;
  const chips = list.map((action) => {
    const kind = KINDS[action.type] || KINDS.postback;
    const payload = action.payload && action.payload !== action.title ? isolated(action.payload) : '';
    return build(
      'li',
      { class: `chip chip-${action.type}`, title: payload ? fill(gettext('%(kind)s, sends “%(payload)s”'), { kind, payload }) : kind },
      build('span', { class: 'sr' }, `${kind}: `),
      action.url ? link(action.url, action.title) : bdi(action.title),
      action.url && icon('out'),
    );
  });
  return build('ul', { class: 'chips' }, ...chips);
}

function resource(content) {
  const spare = content.imageUrl || content.fallbackImageUrl;
  if (!content.url) return spare ? picture(spare, content.title) : null;
  const kind = content.urlType || FILMS.find((name) => name === content.type) || 'image';
  if (kind === 'image') return picture(content.url, content.title);
  const both = document.createDocumentFragment();
  if (spare) both.append(picture(spare, content.title, content.url));
  both.append(recording(kind, { url: content.url }));
  return both;
}

/** A card, or an entry of a list. */
export function card(content) {
  return build(
    'div',
    { class: 'card' },
    resource(content),
    content.title && build('strong', { dir: 'auto' }, content.title),
    content.subtitle && build('p', { class: 'subtitle', dir: 'auto' }, content.subtitle),
    content.content && build('p', { dir: 'auto' }, content.content),
    actions(content.actions),
  );
}

/** A value that can be written to or called, by the type that the message gives it. */
function reachable({ type, value }) {
  if (type === 'email' && value.includes('@')) return link(`mailto:${value.trim()}`, value);
  if (type && type.startsWith('phone') && /\d/.test(value)) return link(`tel:${value.replace(/[^\d+]/g, '')}`, value);
  return bdi(value);
}

export function contact(content) {
  const lines = (content.properties || []).map((line) => build('div', {}, build('dt', {}, bdi(line.key)), build('dd', {}, reachable(line))));
  return build(
    'div',
    { class: 'card contact' },
    content.imageUrl && picture(content.imageUrl, content.title),
    build('strong', { dir: 'auto' }, content.title),
    content.subtitle && build('p', { class: 'subtitle', dir: 'auto' }, content.subtitle),
    lines.length > 0 && build('dl', {}, ...lines),
  );
}

/** The entries of a list below each other, those of a carousel side by side. */
export function entries(content) {
  const shown = (content.items || []).map((item) => build('li', {}, card(item)));
  const side = content.type === 'carousel';
  const text = side
    ? ngettext('Carousel with %(count)s card', 'Carousel with %(count)s cards', shown.length)
    : ngettext('List with %(count)s item', 'List with %(count)s items', shown.length);
  const name = fill(text, { count: shown.length });
  const more = side && shown.length > 1 ? { tabindex: '0' } : {};
  return build('ul', { class: side ? 'entries sideways' : 'entries', 'aria-label': name, ...more }, ...shown);
}
