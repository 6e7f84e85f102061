/** The service's time as far as the browser knows it: a visitor's own clock can be wrong by any amount. */
export class ServiceClock {
  /** @param {import('./store.js').Store} store tells the next page what this one found out */
  constructor(store) {
    this._store = store;
  }

  /**
   * The service has just answered with a time that it took for this answer.
   * @param {number} time epoch milliseconds of the service
   */
  learn(time) {
    if (!(time > 0)) return;
    const ahead = Date.now() - time;
    // The answer to a repeated request has an old time; the smallest difference is the true one.
    if (this._learned <= ahead) return;
    this._learned = ahead;
    this._store.set('ahead', ahead);
  }

  /** @returns {number} epoch milliseconds of the service */
  get now() {
    return Date.now() - this.ahead;
  }

  /** @returns {number} milliseconds that the browser's clock is ahead of the service's, as well as that is known */
  get ahead() {
    return this._learned ?? this._store.get('ahead') ?? 0;
  }
}
