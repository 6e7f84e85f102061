// Above the field: until when the channel lets an agent write, and what to do when it does not.

import { find } from './dom.js';
import { gettext, phrase } from './text.js';
import { fullTime } from './time.js';

const place = find('window');
const LONGEST = 2 ** 31 - 1; // milliseconds of a timer
let timer = 0;
let told = '';

/** Children for an element; none where the channel has no such rules. */
function words({ window, windowEnds, channel }) {
  if (!window) return [];
  if (window.open && windowEnds > Date.now()) {
    const text = phrase(gettext('You can reply until %(time)s.'), { time: fullTime(window.until) });
    return window.tag ? [...text, ' ', ...phrase(gettext('Messages are sent as %(tag)s.'), { tag: window.tag })] : text;
  }
  if (window.reason === 'standby') {
    return [gettext('Messages will not be sent. You can reply again when that app hands the conversation back, or the customer writes to you.')];
  }
  if (window.reason === 'stopped') {
    return [gettext('The customer has blocked you or opted out, so messages will not be sent. Wait until they write again.')];
  }
  if (window.reason === 'silent') {
    return phrase(gettext('%(channel)s lets you write only after the customer has. Wait until they write.'), { channel });
  }
  if (window.reason === 'author') return phrase(gettext('%(channel)s allows no messages from agents.'), { channel });
  const closed = gettext('%(channel)s allows no message so long after the customer’s last one. Wait until they write again.');
  return phrase(closed, { channel });
}

/** Shows what holds now, and again when it ends. */
export function showWindow(details) {
  const text = details.closed || !details.canReply ? [] : words(details);
  const isOpen = Boolean(details.window?.open) && details.windowEnds > Date.now();
  const mark = text.map((part) => part.textContent || part).join('');
  place.hidden = !text.length;
  place.className = isOpen ? 'window' : 'window window-closed';
  if (mark !== told) place.replaceChildren(...text); // what is said again would be read out again
  told = mark;
  clearTimeout(timer);
  if (isOpen) timer = setTimeout(() => showWindow(details), Math.min(LONGEST, details.windowEnds - Date.now() + 1));
}
