// The desk: puts list, thread, profile and socket together.

import './account.js';
import { ring, showCount } from './alerts.js';
import * as api from './api.js';
import { createStore } from './store.js';
import { createComposer } from './composer.js';
import { build, find, newKey } from './dom.js';
import { createHead } from './head.js';
import { createEvents } from './events.js';
import { createHubChoice } from './hubs.js';
import { composes } from './keys.js';
import { createList } from './list.js';
import { createOutbox } from './outbox.js';
import { showProfile } from './profile.js';
import { createSignals } from './signals.js';
import { listen } from './socket.js';
import { gettext } from './text.js';
import { createThread } from './thread.js';
import { showWindow } from './window.js';

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
const store = createStore({
  rows: showRows,
  thread: showThread,
  count: showCount,
  hubs: (hubs) => hubChoice.show(hubs),
  fault: (fault) => {
    if (fault.status === 401) showState('out');
    else if (!fault.offline) find('list-foot').textContent = fault.message;
  },
  fresh: (row) => {
    if (document.hidden || row.id !== store.opened()) ring();
  },
});
const outbox = createOutbox(api.reply, (id, activity) => {
  if (activity && id === store.opened()) store.add(activity);
  if (id === store.opened()) showThread();
});
const list = createList((id) => {
  chosen = true;
  if (id === store.opened()) settleIn();
  else location.hash = id;
});
const thread = createThread({
  older: () => store.older().catch((fault) => composer.tell(fault.message)),
  retry: () => outbox.retry(store.opened()),
  discard: (entry) => outbox.discard(entry),
  choose: (text) => composer.put(text),
  end: look,
});
const signals = createSignals(api.signal);
const composer = createComposer((text) => {
  signals.sent(store.opened());
  outbox.add(store.opened(), text);
  thread.toEnd();
}, signals.wrote);
const head = createHead(takeOver);

function empty() {
  const { kind, hub, search } = store.query;
  if (search || hub) return build('div', { class: 'nothing' }, build('h2', {}, gettext('No results')), build('p', {}, gettext('Try another name, or choose all hubs.')));
  const [title, text] = EMPTY[kind];
  const hint = text || build('a', { href: '/' }, gettext('Send a message from the sample shop'));
  return build('div', { class: 'nothing' }, build('h2', {}, title), build('p', {}, hint));
}

function showRows() {
  const rows = store.rows();
  list.show(rows, store.opened());
  const next = build('button', { type: 'button', class: 'plain', onclick: () => store.load(true) }, gettext('Show more'));
  find('list-foot').replaceChildren(...[store.isLoaded() && !rows.length && empty(), store.hasMore() && next].filter(Boolean));
}

function showThread() {
  const opened = store.thread();
  panes.classList.toggle('has-thread', Boolean(store.opened()));
  find('blank').hidden = Boolean(store.opened());
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
  showWindow(details);
  showProfile(details);
  look();
}

/** The customer is told what was seen: what is on the screen of somebody who looks. */
function look() {
  const opened = store.thread();
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
  const opening = store.open(id);
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
  store.readAgain([store.opened()]);
  button.disabled = false;
}

async function takeOver(button, side, force) {
  await act(button, () => api.setSide(store.opened(), side, newKey(), force));
  if (side === 'Agent') composer.focus();
}

find('close').addEventListener('click', (event) => {
  act(event.currentTarget, () => api.close(store.thread().details.id));
});
find('back').addEventListener('click', back);
for (const button of [find('info'), find('away')]) {
  button.addEventListener('click', () => {
    const open = panes.classList.toggle('shows-profile');
    find('info').setAttribute('aria-expanded', String(open));
  });
}
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && !composes(event) && (store.opened() || panes.classList.contains('shows-profile'))) back();
});
for (const tab of document.querySelectorAll('[data-kind]')) {
  tab.addEventListener('click', () => {
    document.querySelectorAll('[data-kind]').forEach((other) => other.setAttribute('aria-pressed', String(other === tab)));
    store.query.kind = tab.dataset.kind;
    store.load();
  });
}
const hubChoice = createHubChoice((hub) => {
  store.query.hub = hub;
  store.load();
});
let typing = 0;
function search(event) {
  if (event.isComposing) return; // half a word is nobody's name
  clearTimeout(typing);
  typing = setTimeout(() => {
    const text = find('search').value.trim();
    if (text === store.query.search) return;
    store.query.search = text;
    store.load();
  }, 250);
}
find('search').addEventListener('input', search);
find('search').addEventListener('compositionend', search); // behind the last input event in some browsers, before it in others
find('rows').addEventListener('scroll', (event) => {
  const { scrollHeight, scrollTop, clientHeight } = event.target;
  if (store.hasMore() && scrollHeight - scrollTop - clientHeight < 200) store.load(true);
});
addEventListener('hashchange', follow);
addEventListener('pagehide', signals.stop);
document.addEventListener('visibilitychange', look);

// --- live ---------------------------------------------------------------------------------------------------
listen(
  `${base}/events`,
  createEvents(store, outbox),
  (state) => {
    const before = live;
    showState(state);
    if (state === 'live' && before !== 'live') {
      store.refresh();
      outbox.resume();
    }
  },
  api.stillIn,
);
setTimeout(() => live === 'connecting' && showState('offline'), 8000);
showState('connecting');
store.load();
follow();
