import { button, el, link } from '../view/dom.js';
import { safeLink } from './links.js';
import { hintsOf, labelOf, objectsOf, typeOf } from './values.js';

// The keys of `styles` that the buttons of each place obey; they are also their classes.
const KEYS = {
  message: { postback: 'buttons', reply: 'quickReplies', link: 'links' },
  item: { postback: 'listItemButtons', reply: 'listItemButtons', link: 'listItemButtons' },
  list: { postback: 'listButtons', reply: 'listButtons', link: 'listButtons' },
};

/**
 * @param {Object} action
 * @param {import('./registry.js').Context} context
 * @param {keyof KEYS} place
 * @returns {HTMLElement|null} null for what is no action; a bare label when there is nowhere safe to go
 */
function renderAction(action, context, place) {
  const type = typeOf(action.type);
  const title = labelOf(action.title);
  const key = Object.entries(KEYS[place]).find(([name]) => name === type);
  if (!title || !key) return null;
  const look = `action ${key[1]} ${hintsOf(action).tone || 'primary'}`;
  const label = el('span', { dir: 'auto' }, title);
  if (type !== 'link') return button(look, () => context.onPress(action), label);
  const url = safeLink(action.url);
  if (!url) return el('span', { class: 'action dead' }, label);
  const anchor = link(url, '');
  anchor.className = look;
  anchor.append(label);
  return anchor;
}

/** What remains of a message that was nothing but quick replies are their words. */
function takeAway(replies, bar, isAlone) {
  const titles = replies.map((reply) => reply.textContent);
  replies.forEach((reply) => reply.remove());
  if (bar.children.length || !replies.length) return;
  if (isAlone) bar.append(el('span', { class: 'text', dir: 'auto' }, titles.join(' · ')));
  else bar.hidden = true;
}

/**
 * @param {*} actions
 * @param {import('./registry.js').Context} context
 * @param {keyof KEYS} place
 * @param {boolean} [isAlone] whether the message has nothing else
 * @returns {HTMLElement[]} one bar of buttons, or none
 */
export function renderActions(actions, context, place, isAlone = false) {
  const buttons = objectsOf(actions).map((action) => renderAction(action, context, place)).filter(Boolean);
  if (!buttons.length) return [];
  const bar = el('div', { class: `actions ${place}-actions` }, ...buttons);
  const replies = buttons.filter((one) => one.classList.contains('quickReplies'));
  const retire = () => takeAway(replies.splice(0), bar, isAlone);
  context.retirements.push(retire);
  if (!context.isNewest) retire();
  return [bar];
}
