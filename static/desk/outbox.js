// What was written and is not yet acknowledged. It survives a reload; a key makes every retry harmless.

import { newKey } from './dom.js';
import { gettext } from './text.js';

const STORE = `hubster-desk-outbox-${document.body.dataset.me}`; // another agent may log in at the same computer

/**
 * @param {(id: string, text: string, key: string) => Promise<object>} send
 * @param {(id: string, activity: object|null) => void} changed  called after every change of a conversation's entries
 */
export function createOutbox(send, changed) {
  const entries = load();
  const busy = new Set();

  function load() {
    try {
      return JSON.parse(sessionStorage.getItem(STORE)) || [];
    } catch (error) {
      return [];
    }
  }

  function keep() {
    try {
      sessionStorage.setItem(STORE, JSON.stringify(entries));
    } catch (error) {
      // Without storage the entries live as long as the page.
    }
  }

  const of = (id) => entries.filter((entry) => entry.id === id);

  function drop(entry) {
    const place = entries.indexOf(entry);
    if (place >= 0) entries.splice(place, 1);
    keep();
  }

  /** One after another for each conversation, so that the order stays. */
  async function work(id) {
    if (busy.has(id)) return;
    busy.add(id);
    for (let entry = next(id); entry; entry = next(id)) {
      try {
        const answer = await send(id, entry.text, entry.key);
        drop(entry);
        changed(id, answer.activity);
      } catch (fault) {
        // Whoever logs in again has what they wrote before sent.
        Object.assign(entry, { state: 'failed', error: fault.message, offline: fault.offline || fault.status === 401 });
        keep();
        changed(id, null);
      }
    }
    busy.delete(id);
  }

  const next = (id) => {
    const first = of(id)[0];
    return first && first.state === 'sending' ? first : null;
  };

  return {
    of,
    add(id, text) {
      const stuck = of(id).find((entry) => entry.state === 'failed');
      const error = stuck ? gettext('An earlier message has not been sent.') : '';
      const offline = Boolean(stuck && stuck.offline); // it goes out together with the one before it
      entries.push({ id, text, key: newKey(), at: Date.now(), state: stuck ? 'failed' : 'sending', error, offline });
      keep();
      changed(id, null);
      work(id);
    },
    retry(id) {
      for (const entry of of(id)) Object.assign(entry, { state: 'sending', error: '' });
      keep();
      changed(id, null);
      work(id);
    },
    /** What is being sent cannot be taken back. What was written behind the entry goes on. */
    discard(entry) {
      if (entry.state === 'sending') return;
      drop(entry);
      changed(entry.id, null);
      work(entry.id);
    },
    /** When the server can be reached: what could not be sent for want of a connection is tried again. */
    resume() {
      const held = entries.filter((entry) => entry.offline);
      for (const entry of held) Object.assign(entry, { state: 'sending', error: '', offline: false });
      if (held.length) keep();
      for (const id of new Set(held.map((entry) => entry.id))) changed(id, null);
      for (const id of new Set(entries.map((entry) => entry.id))) work(id);
    },
  };
}
