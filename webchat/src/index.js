import { readConfig } from './config.js';
import { Mount, TAG, makeElement } from './element.js';
import { Core } from './loading.js';
import { logError } from './log.js';

// Known only while the script runs for the first time, and not at all in a module.
const script = document.currentScript;
const address = new URL((script && script.src) || '/pub/scripts/webchat/', document.baseURI);

/** @type {import('./config.js').Config|null|undefined} */
let config;

/** @returns {import('./config.js').Config|null} read once, so that a mistake is told once */
function getConfig() {
  if (config !== undefined) return config;
  try {
    config = readConfig(window.HUBSTER_CONFIG, address.origin);
  } catch (error) {
    config = null;
    logError(`The chat is not shown. ${error.message}`);
  }
  return config;
}

/**
 * A second script on the page finds the mark of the first. It may have come with a page that was put in place of
 * another: then that one gets its element.
 */
function startOnce() {
  const mark = Symbol.for(TAG);
  const first = document[mark];
  if (first && first.ensure) first.ensure();
  if (first || customElements.get(TAG)) return;
  const { integrity, nonce } = script || {};
  const core = (document[mark] = new Core({ base: new URL('.', address).href, isPinned: Boolean(integrity), nonce }));
  const mount = new Mount(getConfig, core, script);
  const start = () => {
    customElements.define(TAG, makeElement(mount));
    core.ensure = () => mount.ensure();
    mount.ensure();
  };
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', start);
  else start();
}

startOnce();
