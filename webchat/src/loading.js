/* global __CORE__ -- put in by the build: { file, integrity } of the rest of the widget */

const POLICY = 'hubster-webchat';

/**
 * Loads the rest of the widget: once, however often it is asked for, and again after it failed.
 * The script hands itself over by `take` of the page's mark.
 */
export class Core {
  /**
   * @param {Object} place
   * @param {string} place.base      where this script came from
   * @param {boolean} place.isPinned whether its hash was given
   * @param {string} [place.nonce]   by which the page's content policy allows scripts
   */
  constructor({ base, isPinned, nonce }) {
    Object.assign(this, { _base: base, _isPinned: isPinned, _nonce: nonce });
  }

  /** @returns {Promise<Object>} what the core exports */
  load() {
    if (!this._loading) {
      this._loading = this._loadEither().catch((error) => {
        this._loading = null;
        throw error;
      });
    }
    return this._loading;
  }

  /** @param {Object} exported called by the core's script */
  take(exported) {
    this._exported = exported;
  }

  /** After an update the server may have another core only; who pinned a hash gets that one or none. */
  async _loadEither() {
    try {
      return await this._add(__CORE__.file, __CORE__.integrity);
    } catch (error) {
      if (this._isPinned) throw error;
      return this._add(__CORE__.current);
    }
  }

  _add(file, integrity) {
    return new Promise((resolve, reject) => {
      const script = document.createElement('script');
      script.src = this._trusted(this._base + file);
      script.async = true;
      if (this._nonce) script.nonce = this._nonce;
      if (integrity) Object.assign(script, { integrity, crossOrigin: 'anonymous' });
      // A script that came and did not start, such as an error page, has handed nothing over.
      script.onload = script.onerror = () => (
        this._exported ? resolve(this._exported) : reject(new Error(`${file} could not be loaded.`))
      );
      document.head.append(script);
    });
  }

  /** A page that requires trusted types takes no plain address. A policy's name can be used only once. */
  _trusted(url) {
    try {
      this._policy = this._policy || globalThis.trustedTypes.createPolicy(POLICY, { createScriptURL: (own) => own });
      return this._policy.createScriptURL(url);
    } catch (error) {
      // There are none here; or the page does not allow this policy, and may have a default one for plain addresses.
      return url;
    }
  }
}
