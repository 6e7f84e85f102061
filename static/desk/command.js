// Commands in the thread: the typed line and what came of it. The customer sees neither.

import { bdi, build, icon } from './dom.js';
import { fill, gettext } from './text.js';
import { clockTime } from './time.js';

const TAKEN = 110; // another agent has the conversation

const isCommand = (text) => text.trim().startsWith('::');

/** What goes into the field when a usage is chosen: the part before what is still to be filled in. */
export const typeable = (usage) => usage.replace(/\s*\[.*$/, '').replace(/\bNAME$/, '');

/** A line that somebody typed; `by` is an element with the name. */
export function showTyped(item, by) {
  return build(
    'article',
    { class: 'typed', 'aria-label': gettext('Command') },
    build('code', {}, item.content.text.trim()),
    build('p', { class: 'meta' }, build('span', {}, icon('eye-off'), gettext('Internal')), by, clockTime(item.eventId)),
  );
}

/** A line on its way, or null when an entry of the outbox is no command. */
export const typedEntry = (text) => isCommand(text) && build('code', {}, text.trim());

function chooser(usage, choose) {
  const text = typeable(usage);
  const label = fill(gettext('Insert %(command)s'), { command: text.trim() });
  return build('button', { type: 'button', class: 'usage', 'aria-label': label, onclick: () => choose(text) }, build('code', {}, usage));
}

function table(known, choose) {
  const rows = known.map((row) =>
    build(
      'tr',
      {},
      build('th', { scope: 'row' }, bdi(row.name)),
      build('td', {}, row.category && bdi(row.category, { class: 'tag' }), bdi(row.description || '')),
      build('td', {}, chooser(row.usage, choose)),
    ),
  );
  const heads = [gettext('Name'), gettext('Description'), gettext('Command')].map((title) => build('th', { scope: 'col' }, title));
  return build(
    'div',
    { class: 'known', tabindex: '0', role: 'group', 'aria-label': gettext('Commands') },
    build('table', {}, build('thead', {}, build('tr', {}, ...heads)), build('tbody', {}, ...rows)),
  );
}

/** What helps after a failure, or null. */
function advice(content) {
  const code = content.errors && content.errors[0] && content.errors[0].code;
  if (code === TAKEN) return '::takeover -force';
  if (code === 9000 || code === 9001) return '::help';
  return code === 9200 || code === 9202 ? `${content.command.trim().split(/\s/)[0]} --list` : null;
}

const codeName = ({ code }) => `ENG${String(code).padStart(6, '0')}`;

/** The answer to a command; `choose(text)` puts a line into the field. */
export function showAnswer(item, choose) {
  const { content } = item;
  const failed = content.status === 'failed';
  const known = content.commands || [];
  const words = known.length ? content.text.split('\n')[0] : content.text;
  const next = failed ? advice(content) : null;
  return build(
    'article',
    { class: `answer ${failed ? 'failed' : 'done'}${known.length ? ' wide' : ''}`, 'aria-label': failed ? gettext('Command failed') : gettext('Command done') },
    build(
      'div',
      { class: 'outcome' },
      icon(failed ? 'warning' : 'close'),
      build('p', { class: 'words', dir: 'auto' }, build('span', { class: 'sr' }, `${gettext('Internal')}. `), words),
      ...(content.errors || []).map((error) => build('code', { class: 'error-code' }, codeName(error))),
      clockTime(item.eventId),
    ),
    known.length > 0 && table(known, choose),
    next && build('p', { class: 'advice' }, gettext('Try:'), ' ', chooser(next, choose)),
  );
}
