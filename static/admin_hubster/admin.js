// Moments in the reader's own zone. Without this script the pages show UTC and nothing is lost.
const language = document.documentElement.lang || 'en';
const locale = language.startsWith('en') ? 'en-GB' : language; // as the server writes them: 29 Nov 2026, 14:05:09
const CLOCK = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
const HOUR = new Intl.DateTimeFormat(locale, CLOCK);
const MOMENT = new Intl.DateTimeFormat(locale, {
  day: 'numeric', month: 'short', year: 'numeric', second: '2-digit', ...CLOCK,
});
const MONTHS = /\bSept\b/; // en-GB has one month of four letters; the server, as everybody else, three

function localise(element) {
  const moment = new Date(element.dateTime);
  if (Number.isNaN(moment.getTime())) return;
  element.title = element.textContent.trim();
  const form = element.dataset.form === 'hour' ? HOUR : MOMENT;
  element.textContent = form.format(moment).replace(MONTHS, 'Sep');
}

// Each part that scrolls is a region for screen readers, and needs a name of its own before the toolkit sets it up.
function nameRegions() {
  const { menu, filters, list } = document.getElementById('page').dataset;
  document.querySelectorAll('[data-simplebar]').forEach((part) => {
    const name = part.id === 'nav-sidebar-apps' ? menu : part.closest('#changelist-filter') ? filters : list;
    part.dataset.simplebarAriaLabel = name;
  });
}

document.addEventListener('DOMContentLoaded', () => {
  nameRegions();
  document.querySelectorAll('time[datetime]').forEach(localise);
});
