import { readConfig } from './config.js';
import { makeElement } from './element.js';
import { Core } from './loading.js';
import { logError } from './log.js';

const TAG = 'hubster-webchat';
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

function start(core) {
  customElements.define(TAG, makeElement(getConfig, core));
  if (getConfig() && !document.querySelector(TAG)) document.body.append(document.createElement(TAG));
}

/** A second script on the page finds the mark of the first and does nothing. */
function startOnce() {
  const mark = Symbol.for(TAG);
  if (document[mark] || customElements.get(TAG)) return;
  const isPinned = Boolean(script && script.integrity);
  const core = (document[mark] = new Core({ base: new URL('.', address).href, isPinned }));
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', () => start(core));
  else start(core);
}

startOnce();
