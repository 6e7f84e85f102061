// The thread in the middle: customers left, the business right, days between, states below what was sent.

import { build, find } from './dom.js';
import { eventText, showContent } from './message.js';
import { clockTime, dayKey, dayName, fullTime } from './time.js';

const log = find('log');
const down = find('down');
const NEAR = 120; // pixels from the end that still count as being there
const SENDERS = { Agent: 'Agent', Bot: 'Bot', Hubster: 'Automatic', Customer: '' };
const STATES = {
  available: ['Sent', 'The customer’s chat reads it'],
  sent: ['Delivered', 'The channel took it'],
  pending: ['On its way', 'It is being sent'],
};

function deliveryState(item) {
  if (item.from === 'Customer') return null;
  if (item.state === 'parked' || item.delivery === 'failed') {
    return build('span', { class: 'state-failed', title: item.error }, `Not delivered. ${item.error}`);
  }
  const [text, title] = STATES[item.delivery] || (item.state === 'accepted' ? ['Sending', ''] : ['', '']);
  const doubt = item.delivery === 'pending' && item.error ? `, tried again: ${item.error}` : '';
  return text ? build('span', { title }, text + doubt) : null;
}

function byline(item) {
  const kind = SENDERS[item.from] === undefined ? item.from : SENDERS[item.from];
  return [kind, item.author || (item.from === 'Bot' ? item.integration : '')].filter(Boolean).join(' · ');
}

function showItem(item, name) {
  if (item.kind === 'event') {
    const who = item.author ? ` · ${item.author}` : '';
    return build('p', { class: 'event', title: fullTime(item.eventId) }, `${eventText(item.content)}${who}`);
  }
  const left = item.from === 'Customer';
  return build(
    'article',
    { class: `said ${left ? 'left' : 'right'} from-${item.from.toLowerCase()}`, 'aria-label': left ? name : byline(item) },
    build('div', { class: 'bubble' }, showContent(item.content)),
    build(
      'p',
      { class: 'meta' },
      build('span', { class: 'by' }, left ? name : byline(item)),
      build('time', { title: fullTime(item.eventId) }, clockTime(item.eventId)),
      deliveryState(item),
    ),
  );
}

function showEntry(entry, again, discard) {
  const failed = entry.state === 'failed';
  const reason = entry.offline ? 'Not sent yet. It goes out when the connection is back.' : `Not sent. ${entry.error}`;
  return build(
    'article',
    { class: `said right from-agent ${failed ? 'unsent' : 'sending'}`, 'aria-label': failed ? 'Not sent' : 'Sending' },
    build('div', { class: 'bubble' }, showContent({ type: 'text', text: entry.text })),
    build(
      'p',
      { class: 'meta' },
      failed ? build('span', { class: 'state-failed' }, reason) : 'Sending…',
      failed && build('button', { type: 'button', class: 'inline', onclick: again }, 'Try again'),
      failed && build('button', { type: 'button', class: 'inline', onclick: discard }, 'Discard'),
    ),
  );
}

const atEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < NEAR;
const toEnd = () => {
  log.scrollTop = log.scrollHeight;
  down.hidden = true;
};

/** `handlers`: older(), retry(), discard(entry). */
export function createThread(handlers) {
  const made = new Map(); // id -> { mark, element }: what did not change is not drawn again
  let shown = null;
  let last = 0;

  function element(item, name) {
    const mark = JSON.stringify(item);
    const old = made.get(item.id);
    if (old && old.mark === mark) return old.element;
    const fresh = { mark, element: showItem(item, name) };
    made.set(item.id, fresh);
    return fresh.element;
  }

  function parts(thread, entries) {
    const list = [];
    if (thread.more) list.push(build('button', { type: 'button', class: 'older', onclick: handlers.older }, 'Show earlier messages'));
    let day = null;
    for (const item of thread.items) {
      if (dayKey(item.eventId) !== day) {
        day = dayKey(item.eventId);
        list.push(build('p', { class: 'day' }, build('span', {}, dayName(item.eventId))));
      }
      list.push(element(item, thread.details.name));
    }
    for (const entry of entries) list.push(showEntry(entry, handlers.retry, () => handlers.discard(entry)));
    if (!list.length) list.push(build('p', { class: 'event' }, 'Nothing was said yet.'));
    return list;
  }

  log.addEventListener('scroll', () => {
    if (atEnd()) down.hidden = true;
  });
  down.addEventListener('click', toEnd);
  addEventListener('resize', () => atEnd() && toEnd());

  return {
    show(thread, entries) {
      const other = shown !== thread.details.id;
      if (other) made.clear();
      const wasAtEnd = other || atEnd();
      const fromEnd = log.scrollHeight - log.scrollTop;
      const oldest = thread.items.length ? thread.items[0].eventId : 0;
      const newest = thread.items.length ? thread.items[thread.items.length - 1].eventId : 0;
      const grewAbove = !other && oldest < (log.dataset.oldest || Infinity);
      log.replaceChildren(...parts(thread, entries));
      log.dataset.oldest = oldest;
      if (wasAtEnd && !grewAbove) toEnd();
      else if (grewAbove) log.scrollTop = log.scrollHeight - fromEnd;
      else if (newest > last) down.hidden = false;
      last = newest;
      shown = thread.details.id;
    },
    toEnd,
  };
}
