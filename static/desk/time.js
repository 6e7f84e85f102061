// Times as people say them, in the reader's own zone.

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const date = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const day = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

const midnight = (moment) => new Date(moment).setHours(0, 0, 0, 0);
const daysAgo = (moment) => Math.round((midnight(Date.now()) - midnight(moment)) / 86400000);

export const clockTime = (moment) => clock.format(moment);
export const fullTime = (moment) => full.format(moment);
export const dayKey = (moment) => midnight(moment);

/** For lists: a time today, a word yesterday, a date before that. */
export function shortTime(moment) {
  const days = daysAgo(moment);
  if (days <= 0) return clock.format(moment);
  return days === 1 ? 'Yesterday' : date.format(moment);
}

/** For the separators of a thread. */
export function dayName(moment) {
  const days = daysAgo(moment);
  if (days === 0) return 'Today';
  return days === 1 ? 'Yesterday' : day.format(moment);
}

/** How long something lasts, for people: `under 1 min`, `4 min`, `3 h`, `2 days`. */
export function duration(milliseconds) {
  const minutes = Math.floor(milliseconds / 60000);
  if (minutes < 1) return 'under 1 min';
  if (minutes < 60) return `${minutes} min`;
  return minutes < 2880 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1440)} days`;
}
