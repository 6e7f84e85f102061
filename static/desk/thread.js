// The thread in the middle: entries with the days between them, and at its end whoever is typing.

import { arrange, build, find } from './dom.js';
import { takenFromBot } from './event-texts.js';
import { showEntry, showItem, showTyping } from './item.js';
import { gettext } from './text.js';
import { dayKey, dayName } from './time.js';

const log = find('log');
const lines = find('lines');
const down = find('down');
const NEAR = 120; // pixels from the end within which the newest message can be seen
const EDGE = 1; // pixels from the end that still count as being there: browsers round

/** What the customer has seen: the newest receipt covers everything before it, but nothing that has not arrived. */
const isSeen = (item, { seenByCustomer }) =>
  item.kind === 'message' &&
  item.from !== 'Customer' &&
  !item.private &&
  item.eventId <= seenByCustomer &&
  item.state === 'processed' &&
  !['pending', 'failed', 'window_closed'].includes(item.delivery);

/** Keeps the end in view, whatever grows or shrinks, until the agent scrolls up; `arrived` is called back at the end. */
function createAnchor(arrived) {
  let held = true;
  let top = 0; // where it was scrolled to by us, or when we last looked

  const fromEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight;

  function toEnd() {
    held = true;
    down.hidden = true;
    log.scrollTop = log.scrollHeight;
    top = log.scrollTop;
  }

  log.addEventListener('scroll', () => {
    if (fromEnd() <= EDGE) held = true;
    else if (log.scrollTop < top) held = false;
    top = log.scrollTop;
    if (fromEnd() >= NEAR) return;
    if (held) down.hidden = true;
    arrived();
  });
  const observer = new ResizeObserver(() => held && toEnd());
  observer.observe(lines); // pictures and films that arrive late, an unfolded text
  observer.observe(log); // the window, the field that grows, a banner

  return {
    toEnd,
    isHeld: () => held,
    isNear: () => held || fromEnd() < NEAR,
    /** The agent reads on where they are, for instance in a text that they unfolded. */
    release: () => {
      held = false;
    },
    /** What comes in above moves nothing. */
    keep(change) {
      const before = log.scrollHeight - log.scrollTop;
      change();
      log.scrollTop = log.scrollHeight - before;
      top = log.scrollTop;
    },
  };
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
  const anchor = createAnchor(handlers.end);
  let shown = null;
  let last = 0;
  let typingEnds = 0; // a timer

  function day(moment) {
    const name = dayName(moment);
    return cache.get(`day-${dayKey(moment)}`, name, () => build('p', { class: 'day' }, build('span', {}, name)));
  }

  function said(item, about) {
    const mark = JSON.stringify([item, about]);
    return cache.get(item.id, mark, () => showItem(item, { ...about, choose: handlers.choose }));
  }

  function waiting(entry) {
    return cache.get(entry.key, JSON.stringify(entry), () => showEntry(entry, handlers.retry, () => handlers.discard(entry)));
  }

  function parts(thread, entries) {
    const { details, items, more } = thread;
    const list = [];
    if (more) list.push(cache.get('older', '', () => build('button', { type: 'button', class: 'older', onclick: handlers.older }, gettext('Show earlier messages'))));
    const taken = takenFromBot(items, details.hasBot && !more);
    let before = null;
    for (const item of items) {
      if (dayKey(item.eventId) !== before) list.push(day(item.eventId));
      before = dayKey(item.eventId);
      list.push(said(item, { seen: isSeen(item, details), fromBot: taken.has(item), name: details.name }));
    }
    list.push(...entries.map(waiting));
    if (!list.length) list.push(cache.get('empty', '', () => build('p', { class: 'event' }, gettext('No messages yet'))));
    if (details.typingUntil > Date.now()) list.push(cache.get('typing', details.name, () => showTyping(details.name)));
    return list;
  }

  function awaitTypingEnd(details) {
    clearTimeout(typingEnds);
    const left = details.typingUntil - Date.now();
    if (left > 0) typingEnds = setTimeout(() => find('typing')?.remove(), left);
  }

  down.addEventListener('click', anchor.toEnd);
  log.addEventListener('click', (event) => event.target.closest('.unfold') && anchor.release(), true);

  return {
    show(thread, entries) {
      const other = shown !== thread.details.id;
      if (other) cache.clear();
      const oldest = thread.items.length ? thread.items[0].eventId : 0;
      const newest = thread.items.length ? thread.items[thread.items.length - 1].eventId : 0;
      const grewAbove = !other && oldest < (log.dataset.oldest || Infinity);
      const draw = () => arrange(lines, parts(thread, entries));
      if (grewAbove) anchor.keep(draw);
      else draw();
      awaitTypingEnd(thread.details);
      log.dataset.oldest = oldest;
      if (other || (anchor.isHeld() && !grewAbove)) anchor.toEnd();
      else if (newest > last) down.hidden = false;
      last = newest;
      shown = thread.details.id;
    },
    atEnd: anchor.isNear,
    toEnd: anchor.toEnd,
  };
}
