import { locale, strings } from '../strings.js';

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * @param {number} time epoch milliseconds
 * @returns {string} the time of day
 */
export function shortTime(time) {
  return new Date(time).toLocaleTimeString(locale.tag, { hour: 'numeric', minute: '2-digit' });
}

/**
 * @param {number} time
 * @returns {string}
 */
export function fullTime(time) {
  return new Date(time).toLocaleString(locale.tag, { dateStyle: 'full', timeStyle: 'short' });
}

/**
 * @param {number} time
 * @returns {string} names the day in the visitor's time zone, the same for all its moments
 */
export function dayKey(time) {
  return new Date(time).toDateString();
}

/**
 * @param {number} time
 * @returns {string} what the day is called today
 */
export function dayName(time) {
  if (dayKey(time) === dayKey(Date.now())) return strings.today;
  if (dayKey(time) === dayKey(Date.now() - DAY_MS)) return strings.yesterday;
  const isThisYear = new Date(time).getFullYear() === new Date().getFullYear();
  const year = isThisYear ? {} : { year: 'numeric' };
  return new Date(time).toLocaleDateString(locale.tag, { weekday: 'long', day: 'numeric', month: 'long', ...year });
}
