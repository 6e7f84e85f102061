// Draws a message again as somebody types. Without this script, the page "Preview a message" has a button for it.
// Only what the message is made of goes to the server: a form may hold secrets, too.
const PAUSE = 400; // milliseconds without a key
const FIELDS = ['hub', 'to', 'kind', 'welcome', 'responses-kind', 'responses-content', 'csrfmiddlewaretoken'];

function dataOf(place, form) {
  const made = new FormData();
  [...new FormData(form)].filter(([name]) => FIELDS.includes(name)).forEach(([name, value]) => made.append(name, value));
  if (place.dataset.previewHub) made.set('hub', place.dataset.previewHub);
  if (place.dataset.previewIntegration) made.set('integration', place.dataset.previewIntegration);
  return made;
}

async function draw(place, body, signal) {
  const answer = await fetch(place.dataset.preview, { method: 'POST', body, signal });
  if (!answer.ok || answer.redirected) return; // logged out: the page says so when it is used
  const text = await answer.text();
  if (signal.aborted) return;
  place.innerHTML = text;
  const status = place.parentElement.querySelector('[data-preview-status]');
  status.textContent = place.querySelector('[data-status]')?.dataset.status || place.textContent.trim().slice(0, 200);
}

function follow(place) {
  const form = document.querySelector(place.dataset.previewForm)?.form;
  if (!form) return;
  const words = () => new URLSearchParams(dataOf(place, form)).toString();
  let last = 'previewShown' in place.dataset ? words() : '';
  let timer;
  let under = new AbortController();
  const look = () => {
    const folded = place.closest('details');
    if (words() === last || (folded && !folded.open)) return;
    last = words();
    under.abort();
    under = new AbortController();
    draw(place, dataOf(place, form), under.signal).catch(() => { last = ''; }); // away for a moment
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE);
  };
  ['input', 'change', 'click'].forEach((kind) => form.addEventListener(kind, soon));
  form.querySelectorAll('.hub-preview-go').forEach((row) => { row.hidden = true; });
  place.closest('details')?.addEventListener('toggle', look);
  look();
}

document.addEventListener('DOMContentLoaded', () => document.querySelectorAll('[data-preview]').forEach(follow));
