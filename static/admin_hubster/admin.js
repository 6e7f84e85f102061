// Times in the reader's own zone. Without this script the pages show UTC and nothing is lost.
const FORMS = {
  hour: { hour: '2-digit', minute: '2-digit' },
  second: { dateStyle: 'medium', timeStyle: 'medium' },
  cell: { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit' },
  milli: { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit' },
};
const USUAL = { dateStyle: 'medium', timeStyle: 'short' };

function localise(element) {
  const moment = new Date(element.dateTime);
  if (Number.isNaN(moment.getTime())) return;
  element.title = element.textContent.trim();
  element.textContent = new Intl.DateTimeFormat(undefined, FORMS[element.dataset.form] || USUAL).format(moment);
}

document.addEventListener('DOMContentLoaded', () => {
  document.querySelectorAll('time[datetime]').forEach(localise);
});
