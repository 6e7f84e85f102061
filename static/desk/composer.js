// The field to write in: Enter sends, drafts stay with their conversation.

import { build, find } from './dom.js';

const form = find('composer');
const field = find('text');
const why = find('why');
const DRAFTS = 'hubster-desk-draft-';

function grow() {
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
  if (details.closed) return ['This conversation is closed. If the customer writes again, a new one opens.'];
  if (details.canReply) return null;
  const text = `The hub “${details.hub}” has no active Agent integration of the channel Direct, so the desk cannot answer here. `;
  if (!document.body.dataset.configure) return [`${text}Ask a manager to add one.`];
  const href = `/admin/portal/integration/add/?channel=Direct&hub=${details.hubId}`;
  return [text, build('a', { href }, 'Add one now'), ' and choose “Agents”.'];
}

/** `send(text)` is called with what was written. */
export function createComposer(send) {
  let id = null;

  function submit() {
    const text = field.value.trim();
    if (!text || find('box').hidden) return;
    field.value = '';
    keepDraft(id);
    grow();
    send(text);
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    submit();
  });
  field.addEventListener('input', () => {
    grow();
    keepDraft(id);
  });
  field.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit();
  });

  return {
    show(details) {
      if (id !== details.id) {
        id = details.id;
        field.value = sessionStorage.getItem(DRAFTS + id) || '';
        grow();
      }
      const reason = obstacle(details);
      find('box').hidden = Boolean(reason);
      form.classList.toggle('blocked', Boolean(reason));
      why.hidden = !reason;
      if (reason) why.replaceChildren(...reason);
    },
    tell(text) {
      why.hidden = !text;
      why.textContent = text || '';
    },
    focus: () => find('box').hidden || field.focus(),
  };
}
