// The checklist of a connection looks again by itself: soon while something waits, seldom later, never unseen.
// Without this script it tells what was true when the page came.
const SOONEST = 3000; // milliseconds until it looks again; longer each time, for pages that stay open
const LATEST = 30000;

function update(list, fresh) {
  list.dataset.waits = fresh.dataset.waits;
  const before = new Map([...list.children].map((item) => [item.id, item]));
  [...fresh.children].forEach((item) => {
    const old = before.get(item.id);
    before.delete(item.id);
    if (old && (old.dataset.mark === item.dataset.mark || old.contains(document.activeElement))) {
      list.append(old);
      return;
    }
    if (old) old.remove();
    list.append(item);
    item.querySelectorAll('time[datetime]').forEach(localise); // of admin.js
  });
  before.forEach((old) => old.remove());
}

async function look(place) {
  const answer = await fetch(place.dataset.again, { headers: { Accept: 'text/html' } });
  if (!answer.ok || answer.redirected) return; // logged out, or deleted: the page says so when it is used
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const fresh = page.querySelector('ol');
  if (fresh) update(place.querySelector('ol'), fresh);
}

function watch(place) {
  let wait = SOONEST;
  const again = async () => {
    if (document.visibilityState === 'visible') await look(place).catch(() => {}); // away for a moment
    const waits = place.querySelector('ol').dataset.waits === 'yes';
    wait = waits ? Math.min(wait * 1.1, LATEST) : LATEST;
    setTimeout(again, wait);
  };
  setTimeout(again, wait);
}

document.querySelectorAll('[data-again]').forEach(watch);
