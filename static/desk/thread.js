// The thread in the middle: entries with the days between them, and at its end whoever is typing.

import { arrange, build, find } from './dom.js';
import { showEntry, showItem, showTyping } from './item.js';
import { dayKey, dayName } from './time.js';

const log = find('log');
const down = find('down');
const NEAR = 120; // pixels from the end that still count as being there

const atEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < NEAR;
const toEnd = () => {
  log.scrollTop = log.scrollHeight;
  down.hidden = true;
};

/** The newest message to the customer that the customer has seen; none of those before it says so too. */
function newestSeen({ items, details }) {
  const shown = (item) => item.kind === 'message' && item.from !== 'Customer' && !item.private;
  return items.findLast((item) => shown(item) && item.eventId <= details.seenByCustomer);
}

/** Elements by key: what did not change is not drawn again. */
function createCache() {
  const made = new Map(); // key -> { mark, element }
  return {
    clear: () => made.clear(),
    get(key, mark, make) {
      const old = made.get(key);
      if (old && old.mark === mark) return old.element;
      const fresh = { mark, element: make() };
      made.set(key, fresh);
      return fresh.element;
    },
  };
}

/** `handlers`: older(), retry(), discard(entry), choose(text) for a command's usage, end() when the end comes into view. */
export function createThread(handlers) {
  const cache = createCache();
  let shown = null;
  let last = 0;
  let typingEnds = 0; // a timer

  function day(moment) {
    const name = dayName(moment);
    return cache.get(`day-${dayKey(moment)}`, name, () => build('p', { class: 'day' }, build('span', {}, name)));
  }

  function said(item, seen, name) {
    const mark = JSON.stringify([item, seen, name]);
    return cache.get(item.id, mark, () => showItem(item, { name, seen, choose: handlers.choose }));
  }

  function waiting(entry) {
    return cache.get(entry.key, JSON.stringify(entry), () => showEntry(entry, handlers.retry, () => handlers.discard(entry)));
  }

  function parts(thread, entries) {
    const { details, items, more } = thread;
    const list = [];
    if (more) list.push(cache.get('older', '', () => build('button', { type: 'button', class: 'older', onclick: handlers.older }, 'Show earlier messages')));
    const seen = newestSeen(thread);
    let before = null;
    for (const item of items) {
      if (dayKey(item.eventId) !== before) list.push(day(item.eventId));
      before = dayKey(item.eventId);
      list.push(said(item, item === seen, details.name));
    }
    list.push(...entries.map(waiting));
    if (!list.length) list.push(cache.get('empty', '', () => build('p', { class: 'event' }, 'Nothing was said yet.')));
    if (details.typingUntil > Date.now()) list.push(cache.get('typing', details.name, () => showTyping(details.name)));
    return list;
  }

  function awaitTypingEnd(details) {
    clearTimeout(typingEnds);
    const left = details.typingUntil - Date.now();
    if (left > 0) typingEnds = setTimeout(() => find('typing')?.remove(), left);
  }

  log.addEventListener('scroll', () => {
    if (!atEnd()) return;
    down.hidden = true;
    handlers.end();
  });
  down.addEventListener('click', toEnd);
  addEventListener('resize', () => atEnd() && toEnd());

  return {
    show(thread, entries) {
      const other = shown !== thread.details.id;
      if (other) cache.clear();
      const wasAtEnd = other || atEnd();
      const fromEnd = log.scrollHeight - log.scrollTop;
      const oldest = thread.items.length ? thread.items[0].eventId : 0;
      const newest = thread.items.length ? thread.items[thread.items.length - 1].eventId : 0;
      const grewAbove = !other && oldest < (log.dataset.oldest || Infinity);
      arrange(log, parts(thread, entries));
      awaitTypingEnd(thread.details);
      log.dataset.oldest = oldest;
      if (wasAtEnd && !grewAbove) toEnd();
      else if (grewAbove) log.scrollTop = log.scrollHeight - fromEnd;
      else if (newest > last) down.hidden = false;
      last = newest;
      shown = thread.details.id;
    },
    atEnd,
    toEnd,
  };
}
