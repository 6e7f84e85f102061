// How long a customer has been waiting. The words keep themselves up to date.

import { build } from './dom.js';
import { fill, gettext } from './text.js';
import { duration, fullTime } from './time.js';

const EVERY = 30000; // milliseconds

function tell(element) {
  const waited = Date.now() - Number(element.dataset.since);
  element.textContent = fill(gettext('Waiting %(time)s'), { time: duration(Math.max(0, waited)) });
}

/** A tag for the list; `since` in milliseconds of the epoch, 0 when it is not known. */
export function waitingTag(since) {
  if (!since) return build('span', { class: 'tag tag-waits' }, gettext('Unanswered'));
  const title = fill(gettext('Unanswered since %(time)s'), { time: fullTime(since) });
  const element = build('span', { class: 'tag tag-waits', title, 'data-since': since });
  tell(element);
  return element;
}

setInterval(() => document.querySelectorAll('[data-since]').forEach(tell), EVERY);
