import { Pause, jitter } from './backoff.js';
import { uuid } from './ids.js';

const LEASE_MS = 4000;
const RENEW_MS = 1000;
const PATIENCE_MS = 10000;
const KEY = 'turn';

/**
 * Of all tabs one works at a time. Browsers give the turn on when a tab dies, by the Web Locks API; where there is
 * none, as on plain http pages, a lease in the store ends by itself.
 */
export class Turn {
  /**
   * @param {Object} parts
   * @param {string} parts.name
   * @param {import('./store.js').Store} parts.store
   * @param {LockManager} [parts.locks]
   */
  constructor({ name, store, locks = (globalThis.navigator || {}).locks }) {
    Object.assign(this, { _name: name, _store: store, _locks: locks, _tab: uuid(), _pause: new Pause() });
  }

  /**
   * Waits for the turn and works.
   * @param {function(function(): boolean): Promise<void>} work is given what tells whether the turn is still its own
   * @returns {Promise<void>} after the work, or when the turn was lost
   */
  async take(work) {
    const mine = {};
    const run = () => {
      this._holder = mine;
      return work(() => this._holder === mine);
    };
    try {
      // What only this tab knows, no other tab can send.
      if (this._store.isVolatile) await run();
      else await (this._locks ? this._byLock(run) : this._byLease(run));
    } finally {
      this._holder = null;
    }
  }

  /** Gives up the turn, or the wait for it, for good. */
  stop() {
    this._isStopped = true;
    this._pause.end();
    if (this._waiting) this._waiting.abort();
    this._endLease();
  }

  async _byLock(run) {
    const waiting = (this._waiting = new AbortController());
    const patience = setTimeout(() => waiting.abort(), PATIENCE_MS);
    const begin = () => {
      clearTimeout(patience);
      return run();
    };
    try {
      await this._locks.request(this._name, { signal: waiting.signal }, begin);
    } catch (error) {
      clearTimeout(patience);
      if (error.name !== 'AbortError') throw error;
      // A frozen tab can hold the turn for ever. Whoever looks at this one waits: it takes the turn.
      if (!this._isStopped && !this._holder && !document.hidden) await this._steal(run);
    }
  }

  _steal(run) {
    return this._locks.request(this._name, { steal: true }, run).catch((error) => {
      if (error.name !== 'AbortError') throw error;
    });
  }

  async _byLease(run) {
    while (!this._isStopped && this._isTaken()) await this._pause.wait(RENEW_MS + jitter(0, RENEW_MS, RENEW_MS));
    if (this._isStopped) return;
    this._renew();
    this._renewal = setInterval(() => this._renewOrLose(), RENEW_MS);
    try {
      await run();
    } finally {
      this._endLease();
    }
  }

  _isTaken() {
    const { tab, until } = this._store.get(KEY) || {};
    const left = until - Date.now();
    // More than a whole lease: the clock was set back.
    return Boolean(tab) && tab !== this._tab && left > 0 && left <= LEASE_MS;
  }

  _renew() {
    this._store.set(KEY, { tab: this._tab, until: Date.now() + LEASE_MS });
  }

  _renewOrLose() {
    if (this._isTaken()) this._holder = null;
    else this._renew();
  }

  _endLease() {
    clearInterval(this._renewal);
    if ((this._store.get(KEY) || {}).tab === this._tab) this._store.remove(KEY);
  }
}
