// How long a customer has been waiting. The words keep themselves up to date.

import { build } from './dom.js';
import { duration, fullTime } from './time.js';

const EVERY = 30000; // milliseconds

function tell(element) {
  const waited = Date.now() - Number(element.dataset.since);
  element.textContent = `Waiting ${duration(Math.max(0, waited))}`;
}

/** A tag for the list; `since` in milliseconds of the epoch, 0 when it is not known. */
export function waitingTag(since) {
  if (!since) return build('span', { class: 'tag tag-waits' }, 'Unanswered');
  const title = `Unanswered since ${fullTime(since)}`;
  const element = build('span', { class: 'tag tag-waits', title, 'data-since': since });
  tell(element);
  return element;
}

setInterval(() => document.querySelectorAll('[data-since]').forEach(tell), EVERY);
