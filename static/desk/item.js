// One entry of a thread: customers left, the business right, states below what was sent.

import { showAnswer, showTyped, typedEntry } from './command.js';
import { bdi, build, icon } from './dom.js';
import { eventText } from './event-texts.js';
import { showContent } from './message.js';
import { fill, gettext, phrase } from './text.js';
import { clockTime, fullTime } from './time.js';

const me = document.body.dataset.me;
const SENDERS = { Agent: gettext('Agent'), Bot: gettext('Bot'), Hubster: gettext('Automatic'), Customer: '' };
const MACHINES = ['bot', 'plugin'];
const SEEN = [gettext('Seen'), gettext('The customer has seen this message'), 'eye'];
const STATES = {
  seen: SEEN,
  read: SEEN,
  available: [gettext('Sent'), gettext('Available in the customer’s chat'), 'close'],
  sent: [gettext('Sent'), gettext('The channel has accepted this message'), 'close'],
  delivered: [gettext('Delivered'), gettext('This message has reached the customer'), 'ticks'],
  pending: [gettext('Sending'), gettext('The channel has not accepted this message yet'), null],
};

/** Why a message did not arrive, and what to do, as the server says it. */
function failure({ delivery, error }) {
  if (!error) return [gettext('Not delivered')];
  return phrase(delivery === 'window_closed' ? gettext('Not sent: %(error)s') : gettext('Not delivered: %(error)s'), { error });
}

function deliveryState(item, seen) {
  if (item.from === 'Customer' || item.standby) return null;
  if (item.private) return build('span', {}, gettext('Internal'));
  if (item.state === 'parked' || item.delivery === 'failed' || item.delivery === 'window_closed') {
    return build('span', { class: 'state-failed' }, icon('warning'), ...failure(item));
  }
  if (item.delivery === 'pending' && item.error) return build('span', {}, ...phrase(gettext('Retrying: %(error)s'), { error: item.error }));
  const found = STATES[seen ? 'seen' : item.delivery] || (item.state === 'accepted' ? STATES.pending : null);
  if (!found) return null;
  const [text, title, drawing] = found;
  return build('span', { title, class: found === SEEN ? 'state-seen' : null }, drawing && icon(drawing), text);
}

function byline(item) {
  if (item.standby) return [gettext('Another app')];
  const from = MACHINES.includes(item.authorType) ? 'Bot' : item.from;
  const kind = SENDERS[from] === undefined ? from : SENDERS[from];
  return [kind, item.author || (item.from === 'Bot' ? item.integration : '')].filter(Boolean);
}

/** `Agent · Ada Lovelace`, the name by itself. */
function showByline(item) {
  const [kind, name] = byline(item);
  return name ? build('span', { class: 'by' }, `${kind} · `, bdi(name)) : build('span', { class: 'by' }, kind);
}

/** The line that went before a message of the bot, and when the channel took it. */
function disclosure({ disclosure: line }) {
  if (!line) return null;
  const text = line.told ? fill(gettext('Customer was told that a bot replies, %(time)s'), { time: fullTime(line.told) }) : gettext('Customer not yet told that a bot replies');
  return build('span', { title: line.text || null }, text);
}

function showMessage(item, name, seen) {
  const left = item.from === 'Customer';
  const classes = ['said', left ? 'left' : 'right', `from-${item.from.toLowerCase()}`, item.private && 'private', item.standby && 'standby'];
  return build(
    'article',
    { class: classes.filter(Boolean).join(' '), 'aria-label': left ? name : byline(item).join(' · ') },
    build('div', { class: 'bubble' }, showContent({ ...item.content, size: item.size })),
    build(
      'p',
      { class: 'meta' },
      left ? bdi(name, { class: 'by' }) : showByline(item),
      clockTime(item.eventId),
      left && item.standby && build('span', {}, gettext('To another app')),
      deliveryState(item, seen),
      disclosure(item),
    ),
  );
}

/**
 * @param {object} item  an entry as the server shows it
 * @param {{name: string, seen: boolean, fromBot: boolean, choose: (text: string) => void}} about  the customer's name,
 *     whether the customer has seen it, whether it took the conversation from the bot, and what a click on a command does
 */
export function showItem(item, { name, seen, fromBot, choose }) {
  if (item.kind === 'event') {
    return build('p', { class: 'event', title: fullTime(item.eventId) }, ...phrase(...eventText(item, { me, fromBot })));
  }
  if (item.typed) return showTyped(item, showByline(item));
  if (item.content.type === 'command') return showAnswer(item, choose);
  return showMessage(item, name, seen);
}

/** Something that is not acknowledged yet. */
export function showEntry(entry, again, discard) {
  const failed = entry.state === 'failed';
  const later = gettext('Not sent yet. This message will be sent when you are back online.');
  const reason = entry.offline ? later : fill(gettext('Not sent. %(error)s'), { error: entry.error });
  const line = typedEntry(entry.text);
  const state = failed ? 'unsent' : 'sending';
  return build(
    'article',
    { class: line ? `typed ${state}` : `said right from-agent ${state}`, 'aria-label': failed ? gettext('Not sent') : gettext('Sending') },
    line || build('div', { class: 'bubble' }, showContent({ type: 'text', text: entry.text })),
    build(
      'p',
      { class: 'meta' },
      failed ? build('span', { class: 'state-failed' }, reason) : gettext('Sending'),
      failed && build('button', { type: 'button', class: 'inline', onclick: again }, gettext('Try again')),
      failed && build('button', { type: 'button', class: 'inline', onclick: discard }, gettext('Discard')),
    ),
  );
}

/** The customer's typing, as dots. */
export function showTyping(name) {
  const dots = [1, 2, 3].map(() => build('i', {}));
  return build(
    'p',
    { class: 'typing', id: 'typing' },
    build('span', { class: 'dots', 'aria-hidden': 'true' }, ...dots),
    build('span', {}, ...phrase(gettext('%(name)s is typing…'), { name })),
  );
}
