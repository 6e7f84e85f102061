/**
 * A random part of a delay that doubles with every attempt, so that many browsers do not come back as one.
 * @param {number} attempt how many attempts failed before this wait, from 0
 * @param {number} first   milliseconds
 * @param {number} cap     milliseconds
 * @returns {number} milliseconds
 */
export function jitter(attempt, first, cap) {
  return Math.random() * Math.min(cap, first * 2 ** attempt);
}

/**
 * @param {string|null} header the value of Retry-After: seconds or an HTTP date
 * @returns {number} milliseconds, 0 when it says nothing
 */
export function parseRetryAfter(header) {
  if (!header) return 0;
  const seconds = Number(header);
  const wait = Number.isNaN(seconds) ? Date.parse(header) - Date.now() : seconds * 1000;
  return Math.max(0, wait || 0);
}

/** A wait that can be ended early. */
export class Pause {
  /**
   * @param {number} milliseconds
   * @returns {Promise<void>}
   */
  wait(milliseconds) {
    return new Promise((resolve) => {
      this._timer = setTimeout(resolve, milliseconds);
      this._resolve = resolve;
    });
  }

  /** Ends the wait now. Nothing happens when there is none. */
  end() {
    clearTimeout(this._timer);
    if (this._resolve) this._resolve();
  }
}
