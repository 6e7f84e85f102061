import { Pause, jitter } from './backoff.js';
import { reasonOf } from './refusal.js';
import { Turn } from './turn.js';

const FIRST_RETRY_MS = 1000;
const RETRY_CAP_MS = 30000;
const DELAYED_AFTER_MS = 10000;
const KEY = 'outbox:';

/**
 * @typedef {Object} Entry
 * @property {string} id         the activity's externalId
 * @property {Object} activity
 * @property {number} queuedAt   epoch milliseconds, increasing
 * @property {'sending'|'delayed'|'failed'|'sent'|'gone'} state gone: the visitor took it back
 * @property {import('./refusal.js').Reason} [reason] why it failed
 * @property {number} [anchor]   the last event when it failed: where it stands in the list
 * @property {number} [eventId]  once sent
 */

/**
 * What the visitor wrote and the service has not confirmed: sent one by one, in order, until it is
 * taken or refused. Every entry has its own key in the store, so that tabs do not overwrite each other;
 * one tab at a time sends, and when it dies, another goes on.
 */
export class Outbox {
  /**
   * @param {Object} parts
   * @param {import('./store.js').Store} parts.store
   * @param {function(Object): Promise<{eventId: number}>} parts.deliver
   * @param {function(): number} parts.lastEventId
   * @param {function(Entry): void} parts.onChange
   * @param {Turn} [parts.turn]
   */
  constructor({ store, deliver, lastEventId, onChange, turn = new Turn({ name: 'hubster-webchat-outbox', store }) }) {
    Object.assign(this, { _store: store, _deliver: deliver, _lastEventId: lastEventId, _onChange: onChange });
    this._turn = turn;
    this._entries = new Map();
    this._pause = new Pause();
    this._attempts = 0;
    this._notBefore = 0;
    this._lastQueuedAt = 0;
  }

  /** Takes up what an earlier page or another tab left. */
  load() {
    this._readNew();
    this._run();
  }

  /**
   * Another tab changed something in the store.
   * @param {string} key
   */
  follow(key) {
    if (!key.startsWith(KEY)) return;
    const known = this._entries.get(key.slice(KEY.length));
    const kept = this._store.get(key);
    if (!kept) this._forget(known);
    else if (!known) this.load();
    else if (kept.state === 'failed' || known.state === 'failed') this._adopt(known, kept);
  }

  /** @param {Object} activity */
  add(activity) {
    this._track({ id: activity.externalId, activity, queuedAt: this._nextTime(), state: 'sending' });
    this._run();
  }

  /**
   * Tries a refused message again, after those that wait.
   * @param {string} id
   */
  retry(id) {
    const entry = this._entries.get(id);
    if (!entry || entry.state !== 'failed') return;
    this._entries.delete(id);
    this._track({ ...entry, queuedAt: this._nextTime(), state: 'sending', reason: undefined });
    this._run();
  }

  /**
   * The visitor writes a refused message anew.
   * @param {string} id
   * @returns {Entry|undefined} the message, which is not kept any more; undefined when it was not refused
   */
  takeBack(id) {
    const entry = this._entries.get(id);
    if (!entry || entry.state !== 'failed') return undefined;
    this._store.remove(KEY + id);
    this._forget(entry);
    return entry;
  }

  /**
   * The service has the message, whoever says so: its answer or an echo.
   * @param {string} id
   * @param {number} eventId
   */
  settle(id, eventId) {
    const entry = this._entries.get(id);
    if (!entry) return;
    this._entries.delete(id);
    this._store.remove(KEY + id);
    clearTimeout(entry.timer);
    this._onChange({ ...entry, state: 'sent', eventId });
  }

  /** The service can be reached again: ends the wait, unless the service asked for it. */
  wake() {
    if (Date.now() >= this._notBefore) this.retryNow();
  }

  /** The visitor does not want to wait. */
  retryNow() {
    this._attempts = 0;
    this._pause.end();
  }

  /** Ends all sending. What is not sent stays in the store. */
  stop() {
    this._stopped = true;
    this._turn.stop();
    this._entries.forEach((entry) => clearTimeout(entry.timer));
    this._pause.end();
  }

  _track(entry) {
    this._entries.set(entry.id, entry);
    this._lastQueuedAt = Math.max(this._lastQueuedAt, entry.queuedAt);
    if (entry.state !== 'failed') this._watch(entry);
    this._update(entry, {});
  }

  _readNew() {
    const kept = this._store.keys(KEY).map((key) => this._store.get(key));
    const fresh = kept.filter((entry) => entry && !this._entries.has(entry.id));
    fresh.sort((one, other) => one.queuedAt - other.queuedAt);
    fresh.forEach((entry) => this._track(entry));
  }

  /** Another tab sent it, which the echo shows in all tabs; a refused one was taken back, and there is no echo. */
  _forget(entry) {
    if (!entry) return;
    clearTimeout(entry.timer);
    this._entries.delete(entry.id);
    if (entry.state === 'failed') this._onChange({ ...entry, state: 'gone' });
  }

  /** Another tab failed, or tries again. */
  _adopt(known, kept) {
    this._forget(known);
    this._track(kept);
    this._run();
  }

  /** Tells the truth after a while: this message is not on its way, it waits. */
  _watch(entry) {
    entry.timer = setTimeout(() => {
      if (entry.state === 'sending') this._update(entry, { state: 'delayed' });
    }, entry.queuedAt + DELAYED_AFTER_MS - Date.now());
  }

  _update(entry, changes) {
    Object.assign(entry, changes);
    const { timer, ...kept } = entry;
    this._store.set(KEY + entry.id, kept);
    this._onChange(entry);
  }

  /** Keeps the order of two messages of the same millisecond. */
  _nextTime() {
    return Math.max(Date.now(), this._lastQueuedAt + 1);
  }

  _next() {
    const waiting = [...this._entries.values()].filter((entry) => entry.state !== 'failed');
    return waiting.reduce((first, entry) => (first && first.queuedAt <= entry.queuedAt ? first : entry), undefined);
  }

  async _run() {
    if (this._running) return;
    this._running = true;
    while (this._next() && !this._stopped) await this._turn.take((isMine) => this._drain(isMine));
    this._running = false;
  }

  async _drain(isMine) {
    this._readNew();
    for (let entry = this._next(); entry && !this._stopped && isMine(); entry = this._next()) await this._attempt(entry);
  }

  async _attempt(entry) {
    try {
      const { eventId } = await this._deliver(entry.activity);
      this.settle(entry.id, eventId);
      this._attempts = 0;
    } catch (error) {
      if (error.isTransient) await this._waitAfter(error);
      else this._refuse(entry, error);
    }
  }

  async _waitAfter(error) {
    if (this._stopped) return;
    this._notBefore = Date.now() + error.retryAfter;
    const delay = error.retryAfter + jitter(this._attempts, FIRST_RETRY_MS, RETRY_CAP_MS);
    this._attempts += 1;
    await this._pause.wait(delay);
  }

  _refuse(entry, error) {
    this._attempts = 0;
    clearTimeout(entry.timer);
    if (!this._entries.has(entry.id)) return;
    this._update(entry, { state: 'failed', reason: reasonOf(error), anchor: this._lastEventId() });
  }
}
