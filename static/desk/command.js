// Commands in the thread: the typed line and what came of it. The customer sees neither.

import { build, icon } from './dom.js';
import { clockTime, fullTime } from './time.js';

const HIDDEN = 'Only agents see this';
const TAKEN = 110; // another agent has the conversation

const isCommand = (text) => text.trim().startsWith('::');

/** What goes into the field when a usage is chosen: the part before what is still to be filled in. */
export const typeable = (usage) => usage.replace(/\s*\[.*$/, '').replace(/\bNAME$/, '');

function when(eventId) {
  return build('time', { title: fullTime(eventId) }, clockTime(eventId));
}

/** A line that somebody typed; `by` may be empty. */
export function showTyped(item, by) {
  return build(
    'article',
    { class: 'typed', 'aria-label': 'Command' },
    build('code', {}, item.content.text.trim()),
    build('p', { class: 'meta' }, build('span', {}, icon('eye-off'), HIDDEN), by && build('span', {}, by), when(item.eventId)),
  );
}

/** A line on its way, or null when an entry of the outbox is no command. */
export const typedEntry = (text) => isCommand(text) && build('code', {}, text.trim());

function chooser(usage, choose) {
  const text = typeable(usage);
  const label = `Put ${text.trim()} into the answer field`;
  return build('button', { type: 'button', class: 'usage', 'aria-label': label, onclick: () => choose(text) }, build('code', {}, usage));
}

function table(known, choose) {
  const rows = known.map((row) =>
    build(
      'tr',
      {},
      build('th', { scope: 'row' }, row.name),
      build('td', {}, row.category && build('span', { class: 'tag' }, row.category), row.description || ''),
      build('td', {}, chooser(row.usage, choose)),
    ),
  );
  const heads = ['Name', 'What it does', 'Type'].map((title) => build('th', { scope: 'col' }, title));
  return build(
    'div',
    { class: 'known', tabindex: '0', role: 'group', 'aria-label': 'Commands' },
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
    { class: `answer ${failed ? 'failed' : 'done'}${known.length ? ' wide' : ''}`, 'aria-label': failed ? 'Command failed' : 'Command done' },
    build(
      'div',
      { class: 'outcome' },
      icon(failed ? 'warning' : 'close'),
      build('p', { class: 'words' }, build('span', { class: 'sr' }, `${HIDDEN}. ${failed ? 'Failed' : 'Done'}: `), words),
      ...(content.errors || []).map((error) => build('code', { class: 'error-code' }, codeName(error))),
      when(item.eventId),
    ),
    known.length > 0 && table(known, choose),
    next && build('p', { class: 'advice' }, 'Try ', chooser(next, choose)),
  );
}
