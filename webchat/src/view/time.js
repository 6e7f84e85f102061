/**
 * @param {number} time epoch milliseconds
 * @returns {string} the time of day, with the date when that is not today's
 */
export function shortTime(time) {
  const date = new Date(time);
  const isToday = date.toDateString() === new Date().toDateString();
  const day = isToday ? {} : { month: 'short', day: 'numeric' };
  return date.toLocaleString([], { ...day, hour: 'numeric', minute: '2-digit' });
}

/**
 * @param {number} time
 * @returns {string}
 */
export function fullTime(time) {
  return new Date(time).toLocaleString([], { dateStyle: 'full', timeStyle: 'short' });
}
