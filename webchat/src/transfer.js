import { safeUrl } from './messages/links.js';

const TYPE = 'hubster.transfer';
// What is known of the service's time is a little wrong, and the page before may have missed the event.
const TOLERANCE_MS = 10000;
const MOUNT_WITHIN_MS = 5 * 60 * 1000;

/**
 * @typedef {Object} Transfer
 * @property {string} url    an http(s) address
 * @property {string} label  may be empty
 * @property {number|null} mount milliseconds until the chat opens on the next page; below 0: never; null: no wish
 * @property {boolean} force
 */

/**
 * @param {Object} [event] of an activity
 * @returns {Transfer|null} null when it is none, or leads to no web address
 */
export function readTransfer(event) {
  if (!event || event.payloadType !== TYPE || !event.payload) return null;
  const { label, mount, force } = event.payload;
  const url = safeUrl(event.payload.url);
  if (!url) return null;
  const delay = typeof mount === 'object' ? NaN : Number(mount);
  const wish = Number.isNaN(delay) ? null : Math.max(delay, -1);
  return { url, label: typeof label === 'string' ? label : '', mount: wish, force: force === true };
}

/** Goes to another page when the business says so: once, from the tab that the visitor looks at. */
export class Transfers {
  /**
   * @param {Object} parts
   * @param {import('./store.js').Store} parts.store
   * @param {import('./clock.js').ServiceClock} parts.clock
   * @param {function(string): void} [parts.go] leaves the page
   */
  constructor({ store, clock, go = (url) => location.assign(url) }) {
    Object.assign(this, { _store: store, _clock: clock, _go: go, _listensSince: Date.now() });
  }

  /**
   * @param {Transfer} transfer
   * @param {number} eventId
   */
  receive(transfer, eventId) {
    if (!transfer.force || !this._isNew(eventId)) return;
    this._pending = { transfer, eventId };
    this.goOn();
  }

  /** The visitor may have come back to this tab: goes where it was told to, unless another tab went. */
  goOn() {
    if (!this._pending || document.hidden) return;
    const { transfer, eventId } = this._pending;
    this._pending = null;
    if (!this._isNew(eventId)) return;
    this._store.set('transferred', eventId);
    this.leave(transfer);
    this._go(transfer.url);
  }

  /**
   * Remembers whether the chat is to open on the next page; a page of another site could not read it.
   * @param {Transfer} transfer
   */
  leave({ url, mount }) {
    if (mount === null || new URL(url).origin !== location.origin) return;
    this._store.set('mount', { delay: mount, at: Date.now() });
  }

  /** @returns {number|null} what the transfer that led to this page wishes; null: there was none. Told once. */
  takeMount() {
    const kept = this._store.get('mount');
    if (!kept) return null;
    this._store.remove('mount');
    return Date.now() - kept.at < MOUNT_WITHIN_MS ? kept.delay : null;
  }

  _isNew(eventId) {
    // Worked out late: what the service's time was when this page began to listen may turn out only later.
    const since = this._listensSince - this._clock.ahead - TOLERANCE_MS;
    return eventId > since && eventId > (this._store.get('transferred') || 0);
  }
}
