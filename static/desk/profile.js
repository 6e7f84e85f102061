// The right side: who the customer is.

import { build, find } from './dom.js';
import { holderOf } from './holder.js';
import { fullTime } from './time.js';

const body = find('profile-body');

const word = (text) => text.charAt(0).toUpperCase() + text.slice(1);

function facts(title, pairs) {
  if (!pairs.length) return null;
  const rows = pairs.map(([name, value]) => build('div', {}, build('dt', {}, word(name)), build('dd', {}, value)));
  return build('section', {}, build('h3', {}, title), build('dl', {}, ...rows));
}

export function showProfile(details) {
  const about = [
    ['hub', details.hub],
    ['came by', `${details.integration} (${details.channel})`],
    details.closed ? null : ['answers now', holderOf(details).text],
    ['opened', fullTime(details.opened)],
    ['state', details.closed ? 'Closed' : 'Open'],
  ].filter(Boolean);
  const ledger = build('a', { href: `/admin/engine/conversation/${details.id}/change/` }, 'Way of every message');
  body.replaceChildren(
    build('h2', {}, details.name),
    ...[
      facts('Profile', details.profile),
      facts('More', details.additional),
      facts('Conversation', about),
      build('p', { class: 'ledger' }, ledger),
    ].filter(Boolean),
  );
}
