// Above the thread and above the field: who handles this conversation, and what can be done about it.

import { bdi, build, find } from './dom.js';
import { assigneeOf } from './assignee.js';
import { gettext, phrase } from './text.js';
import { fullTime } from './time.js';

const assigneeTag = find('assignee');
const side = find('side');
const held = find('held');

/** The button in the head: its words, those for narrow screens, and the side that answers after a click; null for no button. */
function move(details, assignee) {
  if (details.closed || !details.canReply || details.standby) return null;
  const take = gettext('Take over');
  if (assignee.kind === 'bot' || assignee.kind === 'nobody') return { text: take, short: take, side: 'Agent' };
  if (assignee.kind !== 'you' || !details.hasBot) return null;
  return { text: gettext('Hand back to the bot'), short: gettext('Hand back'), side: 'Bot' };
}

/** Which app answers on the channel itself, and since when. */
function standby({ since, holder }) {
  const time = fullTime(since);
  if (!holder) return phrase(gettext('Another app has been answering this customer since %(time)s.'), { time });
  return phrase(gettext('%(holder)s has been answering this customer since %(time)s.'), { holder, time });
}

/** What is to be known before one writes: children for an element, none when there is nothing. */
function warning(details, assignee) {
  if (details.standby) return standby(details.standby);
  if (details.closed || !details.canReply) return [];
  if (assignee.kind === 'bot') return [gettext('The bot is handling this. Reply to take over.')];
  if (assignee.kind !== 'other') return [];
  return phrase(gettext('%(name)s is replying. You can still send a message.'), { name: details.assigneeName });
}

/** `take(button, side, force)` is called by both buttons. */
export function createHead(take) {
  let wanted = null;
  let warned = '';
  const words = build('p', {});
  const force = build('button', { type: 'button', class: 'plain' }, gettext('Take over'));
  held.append(words, force);
  side.addEventListener('click', () => take(side, wanted.side, false));
  force.addEventListener('click', () => take(force, 'Agent', true));

  return {
    show(details) {
      const assignee = assigneeOf(details);
      find('name').replaceChildren(bdi(details.name));
      find('where').replaceChildren(bdi(details.hub), ` · ${details.channel}`);
      assigneeTag.className = `tag assignee-${details.closed ? 'nobody' : assignee.kind}`;
      assigneeTag.replaceChildren(bdi(details.closed ? gettext('Closed') : assignee.text));
      assigneeTag.title = details.closed ? gettext('This conversation is closed') : assignee.title;
      find('close').hidden = details.closed;
      wanted = move(details, assignee);
      side.hidden = !wanted;
      if (wanted) side.replaceChildren(build('span', { class: 'long' }, wanted.text), build('span', { class: 'short' }, wanted.short));
      const text = warning(details, assignee);
      held.hidden = !text.length;
      held.className = `held held-${assignee.kind}`;
      force.hidden = assignee.kind !== 'other' || Boolean(details.standby);
      const mark = text.map((part) => part.textContent || part).join('');
      if (mark !== warned) words.replaceChildren(...text); // what is said again would be read out again
      warned = mark;
    },
  };
}
