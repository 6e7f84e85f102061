// Above the thread and above the field: who answers this customer, and what can be done about it.

import { build, find } from './dom.js';
import { holderOf } from './holder.js';

const holderTag = find('holder');
const side = find('side');
const held = find('held');

/** What the button in the head does: its words, more words where there is room, and the side that answers then; null for no button. */
function move(details, holder) {
  if (details.closed || !details.canReply) return null;
  if (holder.kind === 'bot' || holder.kind === 'nobody') return { text: 'Take over', side: 'Agent' };
  return holder.kind === 'you' && details.hasBot ? { text: 'Hand back', more: ' to the bot', side: 'Bot' } : null;
}

/** What is to be known before one writes, or null. */
function warning(details, holder) {
  if (details.closed || !details.canReply) return null;
  if (holder.kind === 'bot') return 'The bot answers this customer. With your first answer you take over.';
  if (holder.kind !== 'other') return null;
  return `${details.holderName} answers this customer. What you write is sent as well.`;
}

/** `take(button, side, force)` is called by both buttons. */
export function createHead(take) {
  let wanted = null;
  const words = build('p', {});
  const force = build('button', { type: 'button', class: 'plain' }, 'Take over');
  held.append(words, force);
  side.addEventListener('click', () => take(side, wanted.side, false));
  force.addEventListener('click', () => take(force, 'Agent', true));

  return {
    show(details) {
      const holder = holderOf(details);
      find('name').textContent = details.name;
      find('where').textContent = `${details.hub} · ${details.channel}`;
      holderTag.className = `tag holder-${details.closed ? 'nobody' : holder.kind}`;
      holderTag.textContent = details.closed ? 'Closed' : holder.text;
      holderTag.title = details.closed ? 'This conversation is closed' : holder.title;
      find('close').hidden = details.closed;
      wanted = move(details, holder);
      side.hidden = !wanted;
      side.replaceChildren(...(wanted ? [wanted.text, build('span', { class: 'more' }, wanted.more || '')] : []));
      const text = warning(details, holder);
      held.hidden = !text;
      held.className = `held held-${holder.kind}`;
      force.hidden = holder.kind !== 'other';
      if (words.textContent !== (text || '')) words.textContent = text || '';
    },
  };
}
