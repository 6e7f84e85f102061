import { App } from './app.js';
import { logError } from './log.js';
import { startStyling } from './styling.js';

/** @type {HTMLElement|null} the one element of the page that holds the widget */
let holder = null;

/**
 * @param {function(): (import('./config.js').Config|null)} getConfig null when there can be no widget
 * @returns {typeof HTMLElement} the class of <hubster-webchat>
 */
export function makeElement(getConfig) {
  return class extends HTMLElement {
    connectedCallback() {
      const config = getConfig();
      if (!config || holder) return;
      holder = this;
      try {
        const root = this.shadowRoot || this.attachShadow({ mode: 'open' });
        this._app = config.styling ? startStyling(root, config) : new App(root, config);
        if (!config.styling) this._app.start();
      } catch (error) {
        logError('The chat could not be started.', error);
      }
    }

    /** A page that replaces its body takes the element away, and puts another one there. */
    disconnectedCallback() {
      if (holder !== this) return;
      holder = null;
      if (this._app) this._app.destroy();
    }
  };
}
