// The field to write in: Enter sends, drafts stay with their conversation, two colons open the commands.

import * as api from './api.js';
import { build, find } from './dom.js';
import { createPicker } from './picker.js';

const form = find('composer');
const field = find('text');
const why = find('why');
const DRAFTS = 'hubster-desk-draft-';

function grow() {
  field.style.height = 'auto';
  field.style.height = `${Math.min(field.scrollHeight, 180)}px`;
  const commanding = field.value.startsWith('::');
  form.classList.toggle('commanding', commanding);
  form.classList.toggle('writing', field.value !== '' && !commanding);
}

function keepDraft(id) {
  if (!id) return;
  if (field.value) sessionStorage.setItem(DRAFTS + id, field.value);
  else sessionStorage.removeItem(DRAFTS + id);
}

/** Why nothing can be written, or null. */
function obstacle(details) {
  if (details.closed) return ['This conversation is closed. If the customer writes again, a new one opens.'];
  if (details.canReply) return null;
  const text = `The hub “${details.hub}” has no active Agent integration of the channel Direct, so the desk cannot answer here. `;
  if (!document.body.dataset.configure) return [`${text}Ask a manager to add one.`];
  const href = `/admin/portal/integration/add/?channel=Direct&hub=${details.hubId}`;
  return [text, build('a', { href }, 'Add one now'), ' and choose “Agents”.'];
}

/** `send(text)` is called with what was written, `wrote(id, text)` after each change of the draft. */
export function createComposer(send, wrote) {
  let id = null;
  const picker = createPicker(field, () => api.commands(id).then((answer) => answer.commands), put);

  function changed() {
    grow();
    keepDraft(id);
    picker.look();
    wrote(id, field.value);
  }

  function put(text) {
    field.value = text;
    changed();
    field.focus();
    field.setSelectionRange(text.length, text.length);
  }

  function tell(text) {
    why.textContent = text || '';
    why.hidden = !text;
  }

  function submit() {
    const text = field.value.trim();
    if (!text || find('box').hidden) return;
    tell('');
    send(text);
    field.value = '';
    changed();
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    submit();
  });
  field.addEventListener('input', changed);
  field.addEventListener('keydown', (event) => {
    if (picker.press(event) || event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit();
  });
  find('commands').addEventListener('click', () => put(field.value || '::'));

  return {
    show(details) {
      if (id !== details.id) {
        id = details.id;
        field.value = sessionStorage.getItem(DRAFTS + id) || '';
        picker.forget();
        tell('');
        grow();
      }
      const reason = obstacle(details);
      if (!reason && form.classList.contains('blocked')) tell('');
      find('box').hidden = Boolean(reason);
      form.classList.toggle('blocked', Boolean(reason));
      if (!reason) return;
      why.replaceChildren(...reason);
      why.hidden = false;
    },
    tell,
    put,
    focus: () => find('box').hidden || field.focus(),
  };
}
