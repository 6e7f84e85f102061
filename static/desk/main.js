// The desk: puts list, thread, profile and socket together.

import './account.js';
import { ring, showCount } from './alerts.js';
import * as api from './api.js';
import { createBook } from './book.js';
import { createComposer } from './composer.js';
import { build, find, newKey } from './dom.js';
import { createHead } from './head.js';
import { createHearing } from './hearing.js';
import { createHubChoice } from './hubs.js';
import { composes } from './keys.js';
import { createList } from './list.js';
import { createOutbox } from './outbox.js';
import { showProfile } from './profile.js';
import { createSignals } from './signals.js';
import { listen } from './socket.js';
import { gettext } from './text.js';
import { createThread } from './thread.js';

const panes = find('panes');
const base = document.body.dataset.base.replace(/\/$/, '');
const STATES = { connecting: gettext('Connecting…'), live: gettext('Live'), offline: gettext('Offline'), out: gettext('Logged out') };
const BANNERS = {
  offline: gettext('You are offline. Messages you write are kept and sent when you are back online.'),
  out: gettext('You are logged out. Messages you have not sent are kept in this window.'),
};
const EMPTY = {
  unanswered: [gettext('All caught up'), gettext('Every customer has a reply.')],
  open: [gettext('No open conversations'), ''],
  all: [gettext('No conversations yet'), ''],
};
const TAKEN = 'ENG000110'; // another agent has the conversation
let live = 'connecting';
let chosen = false; // whether the conversation that opens was chosen in the list

// --- what is shown ------------------------------------------------------------------------------------------
const book = createBook({
  rows: showRows,
  thread: showThread,
  count: showCount,
  hubs: (hubs) => hubChoice.show(hubs),
  fault: (fault) => {
    if (fault.status === 401) showState('out');
    else if (!fault.offline) find('list-foot').textContent = fault.message;
  },
  fresh: (row) => {
    if (document.hidden || row.id !== book.opened()) ring();
  },
});
const outbox = createOutbox(api.reply, (id, activity) => {
  if (activity && id === book.opened()) book.add(activity);
  if (id === book.opened()) showThread();
});
const list = createList((id) => {
  chosen = true;
  if (id === book.opened()) settleIn();
  else location.hash = id;
});
const thread = createThread({
  older: () => book.older().catch((fault) => composer.tell(fault.message)),
  retry: () => outbox.retry(book.opened()),
  discard: (entry) => outbox.discard(entry),
  choose: (text) => composer.put(text),
  end: look,
});
const signals = createSignals(api.signal);
const composer = createComposer((text) => {
  signals.sent(book.opened());
  outbox.add(book.opened(), text);
  thread.toEnd();
}, signals.wrote);
const head = createHead(takeOver);

function empty() {
  const { kind, hub, search } = book.wish;
  if (search || hub) return build('div', { class: 'nothing' }, build('h2', {}, gettext('No results')), build('p', {}, gettext('Try another name, or choose all hubs.')));
  const [title, text] = EMPTY[kind];
  const hint = text || build('a', { href: '/' }, gettext('Send a message from the sample shop'));
  return build('div', { class: 'nothing' }, build('h2', {}, title), build('p', {}, hint));
}

function showRows() {
  const rows = book.rows();
  list.show(rows, book.opened());
  const next = build('button', { type: 'button', class: 'plain', onclick: () => book.load(true) }, gettext('Show more'));
  find('list-foot').replaceChildren(...[book.isLoaded() && !rows.length && empty(), book.hasMore() && next].filter(Boolean));
}

function showThread() {
  const opened = book.thread();
  panes.classList.toggle('has-thread', Boolean(book.opened()));
  find('blank').hidden = Boolean(book.opened());
  find('open').hidden = !opened;
  if (!opened) {
    find('profile-body').replaceChildren();
    return;
  }
  const { details } = opened;
  const keys = new Set(opened.items.map((item) => item.key).filter(Boolean));
  head.show(details);
  thread.show(opened, outbox.of(details.id).filter((entry) => !keys.has(entry.key)));
  composer.show(details);
  showProfile(details);
  look();
}

/** The customer is told what was seen: what is on the screen of somebody who looks. */
function look() {
  const opened = book.thread();
  if (!opened || document.hidden || !thread.atEnd()) return;
  const { details, items } = opened;
  if (details.closed || !details.canReply) return;
  const newest = items.findLast((item) => item.from === 'Customer' && item.kind === 'message');
  if (newest && newest.eventId > details.seenByBusiness) signals.saw(details.id, newest.eventId);
}

function showState(state) {
  if (live === 'out' && state !== 'live') return;
  live = state;
  find('state').dataset.state = state;
  find('state-text').textContent = STATES[state];
  find('banner').hidden = !BANNERS[state];
  find('banner').replaceChildren(BANNERS[state] || '');
  if (state === 'out') find('banner').append(' ', build('a', { href: location.pathname }, gettext('Log in again')));
}

/** Whoever chose a row goes on in the field; on a touch screen its keyboard would hide what is to be read. */
function settleIn() {
  if (!chosen) return;
  chosen = false;
  if (matchMedia('(pointer: coarse)').matches) find('log').focus();
  else composer.focus();
}

// --- what people do -----------------------------------------------------------------------------------------
async function follow() {
  const id = /^#[0-9a-f-]{36}$/.test(location.hash) ? location.hash.slice(1) : null;
  panes.classList.remove('shows-profile');
  signals.stop();
  const opening = book.open(id);
  showThread();
  showRows();
  try {
    await opening;
    showRows();
    settleIn();
  } catch (fault) {
    find('blank').hidden = false;
    find('blank').replaceChildren(build('h2', {}, fault.message), build('a', { href: '#' }, gettext('Back to the list')));
  }
}

function back() {
  if (panes.classList.contains('shows-profile')) {
    panes.classList.remove('shows-profile');
    return;
  }
  location.hash = '';
  list.focus();
}

/** Runs what a button does, with the button off meanwhile; a fault is shown beside the composer. */
async function act(button, work) {
  button.disabled = true;
  try {
    await work();
    composer.tell('');
  } catch (fault) {
    composer.tell(fault.codes?.includes(TAKEN) ? gettext('Another agent took this conversation first.') : fault.message);
  }
  book.readAgain([book.opened()]);
  button.disabled = false;
}

async function takeOver(button, side, force) {
  await act(button, () => api.setSide(book.opened(), side, newKey(), force));
  if (side === 'Agent') composer.focus();
}

find('close').addEventListener('click', (event) => {
  act(event.currentTarget, () => api.close(book.thread().details.id));
});
find('back').addEventListener('click', back);
for (const button of [find('info'), find('away')]) {
  button.addEventListener('click', () => {
    const open = panes.classList.toggle('shows-profile');
    find('info').setAttribute('aria-expanded', String(open));
  });
}
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && !composes(event) && (book.opened() || panes.classList.contains('shows-profile'))) back();
});
for (const tab of document.querySelectorAll('[data-kind]')) {
  tab.addEventListener('click', () => {
    document.querySelectorAll('[data-kind]').forEach((other) => other.setAttribute('aria-pressed', String(other === tab)));
    book.wish.kind = tab.dataset.kind;
    book.load();
  });
}
const hubChoice = createHubChoice((hub) => {
  book.wish.hub = hub;
  book.load();
});
let typing = 0;
function search(event) {
  if (event.isComposing) return; // half a word is nobody's name
  clearTimeout(typing);
  typing = setTimeout(() => {
    const text = find('search').value.trim();
    if (text === book.wish.search) return;
    book.wish.search = text;
    book.load();
  }, 250);
}
find('search').addEventListener('input', search);
find('search').addEventListener('compositionend', search); // behind the last input event in some browsers, before it in others
find('rows').addEventListener('scroll', (event) => {
  const { scrollHeight, scrollTop, clientHeight } = event.target;
  if (book.hasMore() && scrollHeight - scrollTop - clientHeight < 200) book.load(true);
});
addEventListener('hashchange', follow);
addEventListener('pagehide', signals.stop);
document.addEventListener('visibilitychange', look);

// --- live ---------------------------------------------------------------------------------------------------
listen(
  `${base}/events`,
  createHearing(book, outbox),
  (state) => {
    const before = live;
    showState(state);
    if (state === 'live' && before !== 'live') {
      book.refresh();
      outbox.resume();
    }
  },
  api.stillIn,
);
setTimeout(() => live === 'connecting' && showState('offline'), 8000);
showState('connecting');
book.load();
follow();
