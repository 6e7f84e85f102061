// Events in words. What stands in one is its sender's own, so nothing of it is taken for more than text.

import { gettext } from './text.js';

const TAKEOVER = 'hubster.takeover';
const HANDOVER = 'hubster.handover';
const HANDBACK = 'hubster.handback';
const MOVES = [TAKEOVER, HANDOVER, HANDBACK];

const text = (value) => (typeof value === 'string' ? value : '');
const nameOf = ({ content }) => content.payloadType || content.type || '';

/** Handing over moves the conversation to the agents, by query or by one of the platform's rules. */
function handover(reason) {
  if (reason === 'phrase') return gettext('The customer asked for a person. Handed over to agents.');
  if (reason === 'failures') return gettext('The bot is not responding. Handed over to agents.');
  return gettext('Handed over to agents');
}

function takeover(item, { me, fromBot }) {
  if (item.author && item.authorId === me) return fromBot ? gettext('You took over from the bot') : gettext('You took over');
  if (item.author) return fromBot ? gettext('%(name)s took over from the bot') : gettext('%(name)s took over');
  return fromBot ? gettext('An agent took over from the bot') : gettext('An agent took over');
}

/**
 * Which of the entries took a conversation from the bot: what tells of it is the move before.
 * @param {Array<object>} items  a thread, oldest first
 * @param {boolean} fromBeginning  whether the bot had the conversation when the first of them was said
 * @returns {Set<object>}
 */
export function takenFromBot(items, fromBeginning) {
  const taken = new Set();
  let bot = fromBeginning;
  for (const item of items) {
    const name = item.kind === 'event' && item.from !== 'Customer' ? nameOf(item) : '';
    if (item.kind === 'message' && item.from === 'Bot') bot = true; // it can speak only while it has the conversation
    if (name === TAKEOVER && bot) taken.add(item);
    if (MOVES.includes(name)) bot = name === HANDBACK;
  }
  return taken;
}

/**
 * @param {{content: object, from: string, author: string, authorId: string}} item  an event as the server shows it
 * @param {{me: string, fromBot: boolean}} about  who reads it, and whether it took the conversation from the bot
 * @returns {[string, object]} what happened, as a text and its blanks; only the business and the platform change who answers
 */
export function eventText(item, about) {
  const name = nameOf(item);
  const { reason, url, label, force } = item.content.payload || {};
  if (item.from === 'Customer') return [gettext('Customer event: %(name)s'), { name }];
  if (name === TAKEOVER) return [takeover(item, about), { name: item.author }];
  if (name === HANDOVER) return [handover(reason), {}];
  if (name === HANDBACK) return [reason === 'silence' ? gettext('No activity for a while. Handed back to the bot.') : gettext('Handed back to the bot'), {}];
  if (name !== 'hubster.transfer') return [gettext('Event: %(name)s'), { name }];
  return [force ? gettext('Customer sent to %(page)s') : gettext('Link offered: %(page)s'), { page: text(label) || text(url) }];
}
