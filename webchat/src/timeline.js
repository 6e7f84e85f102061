const KINDS = { Agent: 'agent', Bot: 'bot', Customer: 'own' };
const MACHINES = ['bot', 'plugin'];

/**
 * @param {Object} activity
 * @returns {'own'|'agent'|'bot'|'other'} who sent it
 */
export function kindOf(activity) {
  const { integrationType, authorType } = activity.sender || {};
  if (integrationType === 'Agent' && MACHINES.includes(authorType)) return 'bot';
  return KINDS[integrationType] || 'other';
}

/**
 * @typedef {Object} Item
 * @property {number} number    the item's own, by order of arrival
 * @property {'own'|'agent'|'bot'|'other'} kind
 * @property {Object} message
 * @property {import('./transfer.js').Transfer} [transfer] in place of a message
 * @property {number} time      epoch milliseconds
 * @property {'sending'|'delayed'|'failed'|'sent'} state
 * @property {number} [eventId] once the service gave one
 * @property {number} [anchor]  the last event when it failed
 * @property {import('./refusal.js').Reason} [reason] why it failed
 * @property {string} [id]      externalId of an own message
 * @property {number} revision  grows with every change
 */

/**
 * @param {Item} item
 * @returns {number} what waits will get a higher event id than all there is; what failed stays where it failed
 */
function position(item) {
  if (item.state === 'sent') return item.eventId || Infinity;
  return item.state === 'failed' ? item.anchor + 0.5 : Infinity;
}

function inOrder(one, other) {
  // The difference of two infinities is NaN, and so falls through to the order of arrival.
  return position(one) - position(other) || one.number - other.number;
}

/** The messages of the panel: each once, in the order of the service's event ids. */
export class Timeline {
  constructor() {
    this._items = new Set();
    this._byId = new Map();
    this._byEvent = new Map();
    this._count = 0;
    this._lastEventId = 0;
    /** Of the visitor's messages, the business has seen those up to this event id. */
    this.seenUpTo = 0;
  }

  /** @returns {Item[]} */
  get items() {
    return [...this._items].sort(inOrder);
  }

  /**
   * Shows an own message as the outbox has it.
   * @param {import('./outbox.js').Entry} entry
   * @param {string} conversationId
   */
  putOwn(entry, conversationId) {
    const found = this._byId.get(entry.id);
    // An echo is newer than anything the outbox knows.
    if (found && found.state === 'sent') return;
    if (entry.state === 'gone') {
      this._items.delete(found);
      this._byId.delete(entry.id);
      return;
    }
    const item = found || this._add({ kind: 'own', id: entry.id, message: entry.activity.message });
    const { state, reason, eventId, anchor = 0 } = entry;
    this._change(item, { state, reason, eventId, anchor, time: eventId || entry.queuedAt });
    this._index(item, conversationId);
  }

  /**
   * Takes in a message activity of the service.
   * @param {Object} activity
   * @param {string} conversationId event ids are unique within a conversation only
   */
  receive(activity, conversationId) {
    const { eventId, message } = activity;
    const kind = kindOf(activity);
    const id = kind === 'own' ? activity.externalId : undefined;
    const found = this._byEvent.get(`${conversationId}:${eventId}`) || this._byId.get(id);
    const item = found || this._add({ kind, id });
    // An echo may be richer than what was typed: a link that became a video.
    this._change(item, { message, eventId, time: eventId, state: 'sent', reason: undefined });
    this._index(item, conversationId);
  }

  /**
   * Shows an offer to go to another page.
   * @param {Object} activity
   * @param {string} conversationId
   * @param {import('./transfer.js').Transfer} transfer
   */
  receiveTransfer(activity, conversationId, transfer) {
    const { eventId } = activity;
    const item = this._add({ kind: kindOf(activity), message: {}, transfer });
    this._change(item, { eventId, time: eventId, state: 'sent' });
    this._index(item, conversationId);
  }

  /**
   * The business has seen what the visitor said.
   * @param {Object} activity a seen event: up to the event that it names, or to itself
   */
  receiveSeen(activity) {
    const upTo = Number((activity.event || {}).eventId ?? activity.eventId);
    this.seenUpTo = Math.max(this.seenUpTo, Math.min(upTo, activity.eventId) || 0);
  }

  /**
   * @param {number} eventId
   * @returns {number} how many messages of others came after it
   */
  countUnread(eventId) {
    return [...this._items].filter((item) => item.kind !== 'own' && item.eventId > eventId).length;
  }

  /** @returns {number} the event id of the newest message of others; 0 when there is none */
  get lastOfOthers() {
    return [...this._items].reduce((last, { kind, eventId }) => (kind === 'own' ? last : Math.max(last, eventId)), 0);
  }

  /** @returns {number} the highest event id there is */
  get lastEventId() {
    return this._lastEventId;
  }

  _add(start) {
    this._count += 1;
    const item = { ...start, number: this._count, revision: 0 };
    this._items.add(item);
    return item;
  }

  _change(item, changes) {
    Object.assign(item, changes);
    item.revision += 1;
    this._lastEventId = Math.max(this._lastEventId, item.eventId || 0);
  }

  _index(item, conversationId) {
    if (item.id) this._byId.set(item.id, item);
    if (item.eventId) this._byEvent.set(`${conversationId}:${item.eventId}`, item);
  }
}
