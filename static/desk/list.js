// The list on the left: one row for each conversation, arrows to move, Enter to open.

import { arrange, bdi, build, find } from './dom.js';
import { assigneeOf } from './assignee.js';
import { initials, plainName } from './names.js';
import { gettext } from './text.js';
import { shortTime } from './time.js';
import { waitingTag } from './waiting.js';

const rowsElement = find('rows');

/** A number from 0 to 5 that stays the same for a conversation, for the colour of its picture. */
const tint = (id) => parseInt(id.slice(-4), 16) % 6;

function showRow(row) {
  const moment = row.lastSaid || row.opened;
  const assignee = assigneeOf(row);
  const classes = ['row', row.unanswered && 'waits', row.closed && 'closed'].filter(Boolean).join(' ');
  return build(
    'li',
    { id: `row-${row.id}`, role: 'option', class: classes, 'data-id': row.id },
    build('span', { class: `face face-${tint(row.id)}`, 'aria-hidden': 'true' }, initials(row.name)),
    build('span', { class: 'row-name' }, bdi(row.name), ' ', bdi(row.hub, { class: 'row-hub' })),
    shortTime(moment, { class: 'row-time' }),
    build('span', { class: 'row-text' }, row.lastText ? bdi(plainName(row.lastText)) : gettext('No messages yet')),
    build(
      'span',
      { class: 'row-tags' },
      row.unanswered && waitingTag(row.waitsSince),
      row.closed && build('span', { class: 'tag' }, gettext('Closed')),
      !row.closed && build('span', { class: `tag assignee-${assignee.kind}`, title: assignee.title }, bdi(assignee.text)),
    ),
  );
}

/** Handles the keys and clicks of the list; `open(id)` is called with the row chosen. */
export function createList(open) {
  let rows = [];
  let selected = null;
  let active = null;
  const made = new Map(); // id -> { mark, element }

  function element(row) {
    const mark = JSON.stringify(row);
    const old = made.get(row.id);
    const kept = old && old.mark === mark ? old : { mark, element: showRow(row) };
    made.set(row.id, kept);
    kept.element.setAttribute('aria-selected', String(row.id === selected));
    kept.element.classList.toggle('active', row.id === active);
    return kept.element;
  }

  function draw() {
    arrange(rowsElement, rows.map(element));
    if (rows.some((row) => row.id === active)) rowsElement.setAttribute('aria-activedescendant', `row-${active}`);
    else rowsElement.removeAttribute('aria-activedescendant');
  }

  function move(step) {
    if (!rows.length) return;
    const place = rows.findIndex((row) => row.id === active);
    const next = place < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, place + step));
    active = rows[next].id;
    draw();
    find(`row-${active}`).scrollIntoView({ block: 'nearest' });
  }

  const keys = {
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    Home: () => move(-rows.length),
    End: () => move(rows.length),
    Enter: () => active && open(active),
  };
  rowsElement.addEventListener('keydown', (event) => {
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
  rowsElement.addEventListener('focus', () => active || !rowsElement.matches(':focus-visible') || move(0));
  rowsElement.addEventListener('click', (event) => {
    const row = event.target.closest('[data-id]');
    if (row) open(row.dataset.id);
  });

  return {
    show(newRows, newSelected) {
      if (newSelected !== selected) active = newSelected || active;
      rows = newRows;
      selected = newSelected;
      draw();
    },
    focus: () => rowsElement.focus(),
  };
}
