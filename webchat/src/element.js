import { logError } from './log.js';
import { prefixOf } from './store.js';
import { Launcher } from './view/launcher.js';
import launcherCss from './view/launcher.css';
import { adoptStyles } from './view/stylesheet.js';
import { applyTheme } from './view/theme.js';

// Whatever may come before a press: by then the rest should be there.
const INTENTS = ['pointerenter', 'focusin', 'touchstart'];

/** @type {HTMLElement|null} the one element of the page that holds the widget */
let holder = null;

/**
 * @param {string} integrationId
 * @returns {boolean} whether this browser has been in the chat; see session.js for what is kept
 */
function isKnown(integrationId) {
  try {
    return Object.keys(localStorage).some((key) => key.startsWith(prefixOf(integrationId)));
  } catch (error) {
    return false; // Storage is blocked.
  }
}

/**
 * @param {import('./config.js').Config} config
 * @returns {boolean} whether there is something to do before the visitor comes to the button
 */
function isWanted({ host, styling, integrationId }) {
  return styling || typeof host.mountOnLoad === 'function' || isKnown(integrationId);
}

/**
 * @param {function(): (import('./config.js').Config|null)} getConfig null when there can be no widget
 * @param {import('./loading.js').Core} core
 * @returns {typeof HTMLElement} the class of <hubster-webchat>
 */
export function makeElement(getConfig, core) {
  return class extends HTMLElement {
    connectedCallback() {
      const config = getConfig();
      if (!config || holder) return;
      holder = this;
      this._config = config;
      const root = (this._root = this.shadowRoot || this.attachShadow({ mode: 'open' }));
      this._launcher = new Launcher(config, () => this._open());
      root.replaceChildren(this._launcher.element, this._launcher.announcer);
      adoptStyles(root, launcherCss);
      this._gone = new AbortController();
      applyTheme(this._launcher.element, config.theme, this._gone.signal);
      if (isWanted(config)) this._start();
      else this._startOnIntent();
    }

    /** A page that replaces its body takes the element away, and puts another one there. */
    disconnectedCallback() {
      if (holder !== this) return;
      holder = null;
      this._app = null;
      this._gone.abort();
      if (this._running) this._running.destroy();
    }

    _startOnIntent() {
      const button = this._launcher.element;
      INTENTS.forEach((name) => button.addEventListener(name, () => this._start(), { once: true, passive: true }));
    }

    async _open() {
      this._launcher.wait(true);
      const app = await this._start();
      this._launcher.wait(false);
      if (app) app.open(true);
    }

    /** @returns {Promise<Object|undefined>} the app; nothing when it could not be loaded, which the button tells */
    _start() {
      if (!this._app) {
        this._launcher.fail(false);
        this._app = this._run().catch((error) => this._failed(error));
      }
      return this._app;
    }

    async _run() {
      const { App, startStyling } = await core.load();
      if (holder !== this) return undefined;
      if (this._config.styling) {
        this._launcher.element.hidden = true;
        this._running = startStyling(this._root, this._config);
        return undefined;
      }
      const app = (this._running = new App(this._root, this._config, this._launcher));
      app.start();
      return app;
    }

    _failed(error) {
      this._app = null;
      this._launcher.fail(true);
      logError('The chat could not be started.', error);
    }
  };
}
