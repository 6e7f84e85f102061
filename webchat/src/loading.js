/* global __CORE__ -- put in by the build: { file, integrity } of the rest of the widget */

/**
 * Loads the rest of the widget: once, however often it is asked for, and again after it failed.
 * The script hands itself over by `take` of the page's mark.
 */
export class Core {
  /** @param {{base: string, isPinned: boolean}} place where this script came from, and whether its hash was given */
  constructor({ base, isPinned }) {
    this._base = base;
    this._isPinned = isPinned;
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
      script.src = this._base + file;
      script.async = true;
      if (integrity) Object.assign(script, { integrity, crossOrigin: 'anonymous' });
      script.onload = () => (this._exported ? resolve(this._exported) : reject(new Error(`${file} did not start.`)));
      script.onerror = () => reject(new Error(`${file} could not be loaded.`));
      document.head.append(script);
    });
  }
}
