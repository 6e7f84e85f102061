// Events in words. What stands in one is its sender's own, so nothing of it is taken for more than text.

const FLOOR = new Map([
  ['hubster.takeover', 'An agent took over'],
  ['hubster.handover', 'Handed over to the agents'],
  ['hubster.handback', 'Handed back to the bot'],
]);
const REASONS = new Map([
  ['phrase', 'The customer asked for a person: handed over to the agents'],
  ['failures', 'The bot failed: handed over to the agents'],
  ['silence', 'After a silence the bot answers again'],
  ['answer', 'An agent answered and so took over'],
]);

const text = (value) => (typeof value === 'string' ? value : '');

/**
 * @param {{content: object, from: string, author: string}} item  an event as the server shows it
 * @returns {string} what happened; only the business and the platform change who answers
 */
export function eventText({ content, from, author }) {
  const name = content.payloadType || content.type || '';
  const { reason, url, label, force } = content.payload || {};
  if (from === 'Customer') return `Event of the customer: ${name}`;
  if (name === 'hubster.transfer') return `${force ? 'The customer is taken to' : 'Link offered:'} ${text(label) || text(url)}`;
  if (name === 'hubster.takeover' && author) return `${author} took over`;
  return (FLOOR.has(name) && REASONS.get(reason)) || FLOOR.get(name) || `Event: ${name}`;
}
