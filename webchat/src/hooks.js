import { logError } from './log.js';

/**
 * Calls one of the host page's callbacks. What goes wrong in there must never stop the chat.
 * @param {import('./config.js').Config} config
 * @param {string} name
 * @param {...*} args
 * @returns {*} its answer; undefined when there is no such callback or it failed
 */
export function callHook(config, name, ...args) {
  const { host } = config;
  if (typeof host[name] !== 'function') return undefined;
  try {
    return host[name](...args);
  } catch (error) {
    logError(`${name} of HUBSTER_CONFIG failed:`, error);
    return undefined;
  }
}

/**
 * A copy of an activity for a callback to look at, so that it cannot change ours.
 * @param {Object} activity
 * @returns {Object}
 */
export function copyOf(activity) {
  return JSON.parse(JSON.stringify(activity));
}
