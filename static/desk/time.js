// Times as people say them, in the browser's own zone. Every one of them is a `time` element with the whole date as its tooltip.

import { build } from './dom.js';
import { fill, gettext, ngettext } from './text.js';

// As the admin writes them: 29 Nov 2026, 14:05:09.
const language = document.documentElement?.lang || 'en';
const locale = language.startsWith('en') ? 'en-GB' : language;
const CLOCK = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
const DAY = { day: 'numeric', month: 'short' };
const MONTHS = /\bSept\b/; // en-GB has one month of four letters; the admin, as everybody else, three
const formatter = (parts) => {
  const form = new Intl.DateTimeFormat(locale, parts);
  return { format: (moment) => form.format(moment).replace(MONTHS, 'Sep') };
};
const clock = formatter(CLOCK);
const date = formatter(DAY);
const dateOfYear = formatter({ ...DAY, year: 'numeric' });
const full = formatter({ ...DAY, year: 'numeric', second: '2-digit', ...CLOCK });

const midnight = (moment) => new Date(moment).setHours(0, 0, 0, 0);
const daysAgo = (moment) => Math.round((midnight(Date.now()) - midnight(moment)) / 86400000);
const thisYear = (moment) => new Date(moment).getFullYear() === new Date().getFullYear();

export const fullTime = (moment) => full.format(moment);
export const dayKey = (moment) => midnight(moment);

/** A day: `Today`, `Yesterday`, `3 Mar`, and with its year when that is another. */
export function dayName(moment) {
  const days = daysAgo(moment);
  if (days <= 0) return gettext('Today');
  if (days === 1) return gettext('Yesterday');
  return (thisYear(moment) ? date : dateOfYear).format(moment);
}

const element = (moment, text, attributes) =>
  build('time', { datetime: new Date(moment).toISOString(), title: fullTime(moment), ...attributes }, text);

/** The time of day, below a message. */
export const clockTime = (moment) => element(moment, clock.format(moment));

/** For lists: the time of day today, the day before that. */
export const shortTime = (moment, attributes) => element(moment, daysAgo(moment) <= 0 ? clock.format(moment) : dayName(moment), attributes);

/** Day and time, for facts. */
export const wholeTime = (moment) => element(moment, fullTime(moment));

/** How long something lasts: `under 1 min`, `4 min`, `3 h`, `2 days`. */
export function duration(milliseconds) {
  const minutes = Math.floor(milliseconds / 60000);
  if (minutes < 1) return gettext('under 1 min');
  if (minutes < 60) return fill(gettext('%(count)s min'), { count: minutes });
  if (minutes < 2880) return fill(gettext('%(count)s h'), { count: Math.floor(minutes / 60) });
  const days = Math.floor(minutes / 1440);
  return fill(ngettext('%(count)s day', '%(count)s days', days), { count: days });
}
