// What the desk knows: the rows of the list and the open thread, and how both are read again.

import * as api from './api.js';

const MOST = 50; // rows that are read anew at once

const cursor = (row) => `${row.lastSaid},${row.id}`;
/** By what was said, so that a row stays where it is while somebody types. */
const newestFirst = (one, other) => other.lastSaid - one.lastSaid || (one.id < other.id ? 1 : -1);

function fits(row, query) {
  if (query.hub && row.hubId !== query.hub) return false;
  if (query.kind === 'unanswered') return row.unanswered;
  return query.kind === 'all' || !row.closed;
}

/** `on`: rows(), thread(), fresh(row), count(number), hubs(list), fault(error). */
export function createStore(on) {
  const query = { kind: 'open', hub: '', search: '' };
  const rows = new Map();
  let more = false;
  let loaded = false;
  let loadingOlder = false;
  let asked = 0; // only the newest answer of a list counts
  let thread = null; // { details, items, more }
  let wanted = null; // the id of the thread that is to be open
  const waiting = new Set(); // ids to be read again
  const missed = new Set(); // ids that could not be read
  const taken = new Set(); // ids of rows that were read since the list was asked for
  let reading = false;

  async function load(older = false) {
    if (older && loadingOlder) return;
    const mine = ++asked;
    loadingOlder = older;
    taken.clear();
    const last = older ? [...rows.values()].filter((row) => fits(row, query)).sort(newestFirst).pop() : null;
    try {
      const answer = await api.list({ ...query, before: last && cursor(last) });
      if (mine !== asked) return;
      if (!older) rows.clear();
      for (const row of answer.conversations) rows.set(row.id, row);
      more = answer.more;
      loaded = true;
      on.count(answer.unanswered);
      on.hubs(answer.hubs);
      on.rows();
      again(taken); // the list may be older than they were
    } catch (fault) {
      if (mine === asked) on.fault(fault);
    }
    if (mine === asked) loadingOlder = false;
  }

  /** The rows that fit, and the open one even when it no longer does. */
  const shown = () => [...rows.values()].filter((row) => fits(row, query) || row.id === wanted).sort(newestFirst);

  function take(row) {
    const old = rows.get(row.id);
    taken.add(row.id);
    const known = old || query.search === '';
    if (known && (fits(row, query) || row.id === wanted)) rows.set(row.id, row);
    else rows.delete(row.id);
    const chosen = !query.hub || row.hubId === query.hub;
    if (chosen && row.unanswered && (!old || old.lastSaid < row.lastSaid)) on.fresh(row);
  }

  /** What another attempt may bring is read at the next sign of life. */
  function miss(ids, fault) {
    if (!fault.status || fault.status >= 500) ids.forEach((id) => missed.add(id));
  }

  function again(ids) {
    ids.forEach((id) => waiting.add(id));
    readAgain();
  }

  async function readAgain() {
    if (reading) return;
    reading = true;
    while (waiting.size) {
      const ids = [...waiting].slice(0, MOST);
      ids.forEach((id) => waiting.delete(id));
      try {
        const opened = ids.includes(wanted) ? readThread().catch(on.fault) : null;
        const { hub } = query;
        const answer = await api.list({ ids: ids.join(','), hub });
        answer.conversations.forEach(take);
        if (hub === query.hub) on.count(answer.unanswered);
        on.rows();
        await opened;
      } catch (fault) {
        miss(ids, fault);
        on.fault(fault);
      }
    }
    reading = false;
  }

  /** The newest page into what is known; after a gap the page alone, so that nothing seems to be missing. */
  function merge(answer) {
    const page = answer.activities;
    const known = thread && thread.details.id === answer.conversation.id ? thread : null;
    const items = new Map();
    const gap = known && answer.more && page[0].eventId > (known.items.at(-1)?.eventId || 0);
    if (known && !gap) known.items.forEach((item) => items.set(item.id, item));
    page.forEach((item) => items.set(item.id, item));
    const sorted = [...items.values()].sort((one, other) => one.eventId - other.eventId);
    const details = { ...answer.conversation, typingUntil: Date.now() + answer.conversation.typingFor };
    details.windowEnds = Date.now() + (details.window?.left || 0);
    // Receipts never go backwards, not even when an older answer arrives after a newer one.
    if (known) details.seenByCustomer = Math.max(details.seenByCustomer, known.details.seenByCustomer);
    thread = { details, items: sorted, more: known && !gap ? known.more : answer.more };
  }

  async function readThread() {
    const id = wanted;
    if (!id) return;
    const answer = await api.thread(id).catch((fault) => {
      miss([id], fault);
      throw fault;
    });
    if (id !== wanted) return;
    merge(answer);
    on.thread();
  }

  return {
    query,
    rows: shown,
    thread: () => thread,
    opened: () => wanted,
    hasMore: () => more,
    isLoaded: () => loaded,
    load,
    readAgain: again,
    /** On a sign of life: what a lost hint or a failed reading may have hidden, and states that change without a hint. */
    async settle() {
      if (shown().length <= MOST && !query.search) await load();
      again([...missed, ...(thread ? [thread.details.id] : [])]);
      missed.clear();
    },
    /** The hubs to choose from, and how many customers wait in them, without touching the rows. */
    async readHubs() {
      const { hub } = query;
      const answer = await api.list({ ...query }).catch(on.fault);
      if (!answer) return;
      on.hubs(answer.hubs);
      if (hub === query.hub) on.count(answer.unanswered);
    },
    /** Everything that is on the page, after a reconnect or for certainty. */
    async refresh() {
      await load();
      await readThread().catch(on.fault);
    },
    async open(id) {
      wanted = id;
      if (!thread || thread.details.id !== id) thread = null;
      if (id) await readThread();
    },
    async older() {
      const id = wanted;
      const answer = await api.thread(id, thread.items[0].eventId);
      if (id !== wanted || !thread) return;
      const known = new Set(thread.items.map((item) => item.id));
      thread.items.unshift(...answer.activities.filter((item) => !known.has(item.id)));
      thread.more = answer.more;
      on.thread();
    },
    /** An acknowledged answer is shown at once, before the next reading. */
    add(activity) {
      if (thread && !thread.items.some((item) => item.id === activity.id)) thread.items.push(activity);
    },
  };
}
