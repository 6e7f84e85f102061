// The right side: who the customer is.

import { bdi, build, find } from './dom.js';
import { assigneeOf } from './assignee.js';
import { gettext } from './text.js';
import { wholeTime } from './time.js';

const body = find('profile-body');

const capitalised = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** `pairs` are names with a text, or with an element. */
function facts(title, pairs) {
  if (!pairs.length) return null;
  const shown = (value) => (typeof value === 'string' ? bdi(value) : value);
  const rows = pairs.map(([name, value]) => build('div', {}, build('dt', {}, bdi(capitalised(name))), build('dd', {}, shown(value))));
  return build('section', {}, build('h3', {}, title), build('dl', {}, ...rows));
}

export function showProfile(details) {
  const channel = build('span', {}, bdi(details.integration), ` (${details.channel})`);
  const about = [
    [gettext('Hub'), details.hub],
    [gettext('Channel'), channel],
    details.closed ? null : [gettext('Assigned to'), assigneeOf(details).text],
    [gettext('Opened'), wholeTime(details.opened)],
    [gettext('Status'), details.closed ? gettext('Closed') : gettext('Open')],
  ].filter(Boolean);
  const ledger = build('a', { href: `/admin/engine/conversation/${details.id}/change/` }, gettext('Delivery history'));
  body.replaceChildren(
    build('h2', {}, bdi(details.name)),
    ...[
      facts(gettext('Profile'), details.profile),
      facts(gettext('More'), details.additional),
      facts(gettext('Conversation'), about),
      build('p', { class: 'ledger' }, ledger),
    ].filter(Boolean),
  );
}
