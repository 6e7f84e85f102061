/** Tells the business what the visitor has seen: once for each newest message, whichever tab showed it. */
export class SeenTeller {
  /**
   * @param {Object} parts
   * @param {import('./store.js').Store} parts.store
   * @param {function(Object): Promise<void>} parts.tell rejects when it did not arrive
   */
  constructor({ store, tell }) {
    Object.assign(this, { _store: store, _tell: tell });
  }

  /**
   * @param {number} eventId of the newest message of the business; 0 when there is none
   * @returns {Promise<void>}
   */
  async see(eventId) {
    if (!(eventId > this._told())) return;
    const before = this._told();
    this._store.set('seen', eventId);
    try {
      await this._tell({ type: 'seen', eventId });
    } catch (error) {
      // It is told with the next message, or when the visitor looks again after a reconnection.
      if (this._told() === eventId) this._store.set('seen', before);
    }
  }

  _told() {
    return this._store.get('seen') || 0;
  }
}
