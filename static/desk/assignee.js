// Who a conversation is assigned to, in words.

import { isolated } from './names.js';
import { fill, gettext } from './text.js';

const me = document.body.dataset.me;

/**
 * @param {{side: string, assignee: string, assigneeName: string, standby: ?{holder: string}}} row  `assignee` is the id of a
 *   person of the desk, or ''; `standby` is of another app that answers on the channel itself
 * @returns {{kind: 'app'|'bot'|'you'|'other'|'nobody', text: string, title: string}}
 */
export function assigneeOf(row) {
  if (row.standby) return { kind: 'app', text: row.standby.holder || gettext('Another app'), title: gettext('Answered in another app') };
  if (row.side === 'Bot') return { kind: 'bot', text: gettext('Bot'), title: gettext('Assigned to the bot') };
  if (row.assignee === me) return { kind: 'you', text: gettext('You'), title: gettext('Assigned to you') };
  if (!row.assigneeName) return { kind: 'nobody', text: gettext('Unassigned'), title: gettext('Not assigned to an agent yet') };
  const title = fill(gettext('Assigned to %(name)s'), { name: isolated(row.assigneeName) });
  return { kind: 'other', text: row.assigneeName, title };
}
