// The field to write in: Enter sends, drafts stay with their conversation, two colons open the commands.

import * as api from './api.js';
import { bdi, build, find } from './dom.js';
import { composes } from './keys.js';
import { createPicker } from './picker.js';
import { gettext, phrase } from './text.js';

const form = find('composer');
const field = find('text');
const why = find('why');
const DRAFTS = `hubster-desk-draft-${document.body.dataset.me}-`; // another agent may log in at the same computer
let width = 0; // of the field when it was last measured

/** As high as what is written in it; while it is not shown there is nothing to measure. */
function grow() {
  const commanding = field.value.startsWith('::');
  form.classList.toggle('commanding', commanding);
  form.classList.toggle('writing', field.value !== '' && !commanding);
  width = field.clientWidth;
  if (!width) return;
  field.style.height = 'auto';
  field.style.height = `${Math.min(field.scrollHeight, 180)}px`;
}

function keepDraft(id) {
  if (!id) return;
  if (field.value) sessionStorage.setItem(DRAFTS + id, field.value);
  else sessionStorage.removeItem(DRAFTS + id);
}

/** Why nothing can be written, or null. */
function obstacle(details) {
  if (details.closed) return [gettext('This conversation is closed. A new one opens if the customer writes again.')];
  if (details.canReply) return null;
  const text = phrase(gettext('%(hub)s has no active Direct integration for agents, so you can’t reply here.'), { hub: details.hub });
  if (!document.body.dataset.configure) return [...text, ' ', gettext('Ask a manager to add one.')];
  const href = `/admin/portal/integration/add/?channel=Direct&hub=${details.hubId}`;
  return [...text, ' ', build('a', { href }, gettext('Add a Direct integration for agents'))];
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
    why.replaceChildren(bdi(text || ''));
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
    if (picker.press(event) || event.key !== 'Enter' || event.shiftKey || composes(event)) return;
    event.preventDefault();
    submit();
  });
  new ResizeObserver(() => field.clientWidth !== width && grow()).observe(field); // lines break elsewhere, or it is shown again
  find('commands').addEventListener('click', () => put(field.value || '::'));

  return {
    show(details) {
      if (id !== details.id) {
        id = details.id;
        field.value = sessionStorage.getItem(DRAFTS + id) || '';
        picker.forget();
        tell('');
      }
      const reason = obstacle(details);
      if (!reason && form.classList.contains('blocked')) tell('');
      find('box').hidden = Boolean(reason);
      form.classList.toggle('blocked', Boolean(reason));
      grow();
      if (!reason) return;
      why.replaceChildren(...reason);
      why.hidden = false;
    },
    tell,
    put,
    focus: () => find('box').hidden || field.focus(),
  };
}
