// One entry of a thread: customers left, the business right, states below what was sent.

import { showAnswer, showTyped, typedEntry } from './command.js';
import { build, icon } from './dom.js';
import { eventText } from './events.js';
import { showContent } from './message.js';
import { clockTime, fullTime } from './time.js';

const SENDERS = { Agent: 'Agent', Bot: 'Bot', Hubster: 'Automatic', Customer: '' };
const STATES = {
  seen: ['Seen', 'The customer has seen it'],
  available: ['Sent', 'The customer’s chat reads it'],
  sent: ['Delivered', 'The channel took it'],
  pending: ['On its way', 'It is being sent'],
};

function deliveryState(item, seen) {
  if (item.from === 'Customer') return null;
  if (item.private) return build('span', {}, 'Only agents see this');
  if (item.state === 'parked' || item.delivery === 'failed') {
    return build('span', { class: 'state-failed', title: item.error }, `Not delivered. ${item.error}`);
  }
  const [text, title] = STATES[seen ? 'seen' : item.delivery] || (item.state === 'accepted' ? ['Sending', ''] : ['', '']);
  const doubt = item.delivery === 'pending' && item.error ? `, tried again: ${item.error}` : '';
  return text ? build('span', { title, class: seen ? 'state-seen' : null }, seen && icon('eye'), text + doubt) : null;
}

function byline(item) {
  const kind = SENDERS[item.from] === undefined ? item.from : SENDERS[item.from];
  return [kind, item.author || (item.from === 'Bot' ? item.integration : '')].filter(Boolean).join(' · ');
}

function showMessage(item, name, seen) {
  const left = item.from === 'Customer';
  const classes = ['said', left ? 'left' : 'right', `from-${item.from.toLowerCase()}`, item.private && 'private'];
  return build(
    'article',
    { class: classes.filter(Boolean).join(' '), 'aria-label': left ? name : byline(item) },
    build('div', { class: 'bubble' }, showContent(item.content)),
    build(
      'p',
      { class: 'meta' },
      build('span', { class: 'by' }, left ? name : byline(item)),
      build('time', { title: fullTime(item.eventId) }, clockTime(item.eventId)),
      deliveryState(item, seen),
    ),
  );
}

/**
 * @param {object} item  an entry as the server shows it
 * @param {{name: string, seen: boolean, choose: (text: string) => void}} about  the customer's name, whether it is the
 *     newest one that the customer has seen, and what a click on a command's usage does
 */
export function showItem(item, { name, seen, choose }) {
  if (item.kind === 'event') {
    return build('p', { class: 'event', title: fullTime(item.eventId) }, eventText(item));
  }
  if (item.typed) return showTyped(item, byline(item));
  if (item.content.type === 'command') return showAnswer(item, choose);
  return showMessage(item, name, seen);
}

/** Something that is not acknowledged yet. */
export function showEntry(entry, again, discard) {
  const failed = entry.state === 'failed';
  const reason = entry.offline ? 'Not sent yet. It goes out when the connection is back.' : `Not sent. ${entry.error}`;
  const line = typedEntry(entry.text);
  const state = failed ? 'unsent' : 'sending';
  return build(
    'article',
    { class: line ? `typed ${state}` : `said right from-agent ${state}`, 'aria-label': failed ? 'Not sent' : 'Sending' },
    line || build('div', { class: 'bubble' }, showContent({ type: 'text', text: entry.text })),
    build(
      'p',
      { class: 'meta' },
      failed ? build('span', { class: 'state-failed' }, reason) : 'Sending…',
      failed && build('button', { type: 'button', class: 'inline', onclick: again }, 'Try again'),
      failed && build('button', { type: 'button', class: 'inline', onclick: discard }, 'Discard'),
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
    build('span', {}, `${name} is typing…`),
  );
}
