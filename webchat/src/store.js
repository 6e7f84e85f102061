const PREFIX = 'hubster-webchat:';

/**
 * @param {string} [integrationId]
 * @returns {string} before every key of that chat in this browser's storage; without an id, of what all chats share
 */
export function prefixOf(integrationId) {
  return integrationId ? `${PREFIX}${integrationId}:` : PREFIX;
}

/** @returns {Storage|null} null where the browser blocks it, which it may do by throwing */
function browserStorage() {
  try {
    return globalThis.localStorage || null;
  } catch (error) {
    return null;
  }
}

/**
 * JSON values under one prefix of localStorage. What cannot be stored is kept in memory,
 * so that the chat works until the page goes.
 */
export class Store {
  /**
   * @param {string} prefix
   * @param {Storage|null} [storage]
   */
  constructor(prefix, storage = browserStorage()) {
    this._prefix = prefix;
    this._storage = storage;
    this._memory = new Map();
  }

  /** @returns {boolean} whether something here will be gone with the page */
  get isVolatile() {
    return !this._storage || this._memory.size > 0;
  }

  /**
   * @param {string} name
   * @returns {Store} a part of this store
   */
  scope(name) {
    return new Store(`${this._prefix}${name}:`, this._storage);
  }

  /**
   * @param {string} key as the browser's storage event has it
   * @returns {string|undefined} as this store has it; undefined when it is none of its keys
   */
  ownKey(key) {
    return key && key.startsWith(this._prefix) ? key.slice(this._prefix.length) : undefined;
  }

  /**
   * @param {string} key
   * @returns {*} undefined when absent or unreadable
   */
  get(key) {
    if (this._memory.has(key)) return this._memory.get(key);
    try {
      return JSON.parse(this._storage.getItem(this._prefix + key)) ?? undefined;
    } catch (error) {
      return undefined;
    }
  }

  /**
   * @param {string} key
   * @param {*} value
   */
  set(key, value) {
    try {
      this._storage.setItem(this._prefix + key, JSON.stringify(value));
      this._memory.delete(key);
    } catch (error) {
      this._memory.set(key, value);
    }
  }

  /** @param {string} key */
  remove(key) {
    this._memory.delete(key);
    try {
      this._storage.removeItem(this._prefix + key);
    } catch (error) {
      // Blocked storage holds nothing to remove.
    }
  }

  /**
   * @param {string} [start]
   * @returns {string[]} the keys that begin so, without this store's prefix
   */
  keys(start = '') {
    const keys = new Set(this._memory.keys());
    for (const key of this._storedKeys()) keys.add(key);
    return [...keys].filter((key) => key.startsWith(start));
  }

  /** Forgets everything under this prefix. */
  clear() {
    for (const key of this.keys()) this.remove(key);
  }

  _storedKeys() {
    try {
      const all = Object.keys(this._storage);
      return all.filter((key) => key.startsWith(this._prefix)).map((key) => key.slice(this._prefix.length));
    } catch (error) {
      return [];
    }
  }
}
