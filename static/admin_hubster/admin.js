// Times in the reader's own zone, and buttons that copy. Without this script the pages show UTC and nothing is lost.
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

async function copy(button) {
  const source = document.querySelector(button.dataset.copy);
  if (!source) return;
  try {
    await navigator.clipboard.writeText(source.textContent);
    button.textContent = 'Copied';
  } catch (error) {
    getSelection().selectAllChildren(source); // no clipboard on plain http: the text is at least selected
    button.textContent = 'Press Ctrl+C';
  }
}

document.addEventListener('DOMContentLoaded', () => {
  document.querySelectorAll('time[datetime]').forEach(localise);
  document.querySelectorAll('[data-copy]').forEach((button) => button.addEventListener('click', () => copy(button)));
});
