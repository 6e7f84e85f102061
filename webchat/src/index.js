import { readConfig } from './config.js';
import { makeElement } from './element.js';
import { logError } from './log.js';

const TAG = 'hubster-webchat';
// Known only while the script runs for the first time, and not at all in a module.
const script = document.currentScript;
const origin = script && script.src ? new URL(script.src, document.baseURI).origin : location.origin;

/** @type {import('./config.js').Config|null|undefined} */
let config;

/** @returns {import('./config.js').Config|null} read once, so that a mistake is told once */
function getConfig() {
  if (config !== undefined) return config;
  try {
    config = readConfig(window.HUBSTER_CONFIG, origin);
  } catch (error) {
    config = null;
    logError(`The chat is not shown. ${error.message}`);
  }
  return config;
}

function start() {
  customElements.define(TAG, makeElement(getConfig));
  if (getConfig() && !document.querySelector(TAG)) document.body.append(document.createElement(TAG));
}

/** A second script on the page finds the mark of the first and does nothing. */
function startOnce() {
  const mark = Symbol.for(TAG);
  if (document[mark] || customElements.get(TAG)) return;
  document[mark] = true;
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', start);
  else start();
}

startOnce();
