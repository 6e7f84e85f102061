const RENEW_BEFORE_MS = 10 * 60 * 1000;

/** Keeps one visitor's web-chat token: fetched on need, renewed in time, shared between tabs by the store. */
export class Tokens {
  /**
   * @param {Object} parts
   * @param {import('./api.js').Api} parts.api
   * @param {import('./store.js').Store} parts.store
   * @param {string} parts.integrationId
   * @param {function(): void} parts.onNewIdentity the service no longer knows this visitor by the old token
   */
  constructor({ api, store, integrationId, onNewIdentity }) {
    this._api = api;
    this._store = store;
    this._integrationId = integrationId;
    this._onNewIdentity = onNewIdentity;
  }

  /** @returns {Promise<string>} a token that is good for some minutes at least */
  async get() {
    const kept = this._store.get('token');
    if (!kept) return this._renewOnce();
    if (Date.now() < kept.renewAt) return kept.value;
    try {
      return await this._renewOnce();
    } catch (error) {
      if (error.isTransient && Date.now() < kept.expiresAt) return kept.value;
      throw error;
    }
  }

  /**
   * Notes that the service refused a token, unless a newer one is here already.
   * @param {string} value
   */
  refused(value) {
    const kept = this._store.get('token');
    if (kept && kept.value === value) this._store.set('token', { ...kept, renewAt: 0, expiresAt: 0 });
  }

  /**
   * @template T
   * @param {function(string): Promise<T>} call
   * @returns {Promise<T>} what the call answers, tried once more when its token was refused
   */
  async with(call) {
    const token = await this.get();
    try {
      return await call(token);
    } catch (error) {
      if (error.status !== 401) throw error;
      this.refused(token);
    }
    return call(await this.get());
  }

  _renewOnce() {
    if (!this._renewing) {
      this._renewing = this._renew().finally(() => {
        this._renewing = null;
      });
    }
    return this._renewing;
  }

  async _renew() {
    const kept = this._store.get('token');
    const answer = await this._request(kept && kept.value);
    const other = !kept && this._store.get('token');
    // Another tab was faster: one browser is one visitor.
    if (other) return other.value;
    const life = answer.expires_in * 1000;
    const margin = Math.min(RENEW_BEFORE_MS, life / 2);
    const now = Date.now();
    this._store.set('token', { value: answer.access_token, renewAt: now + life - margin, expiresAt: now + life });
    return answer.access_token;
  }

  async _request(oldToken) {
    try {
      return await this._api.token(this._integrationId, oldToken);
    } catch (error) {
      if (!oldToken || error.status !== 401) throw error;
    }
    this._onNewIdentity();
    return this._api.token(this._integrationId);
  }
}
