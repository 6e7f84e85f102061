import { logError } from './log.js';
import { prefixOf } from './store.js';
import { Launcher } from './view/launcher.js';
import launcherCss from './view/launcher.css';
import { adoptStyles, moveContent } from './view/stylesheet.js';
import { applyTheme } from './view/theme.js';

// Whatever may come before a press: by then the rest should be there.
const INTENTS = ['pointerenter', 'focusin', 'touchstart'];

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

/** The button, and the chat behind it once somebody wants it. */
export class Widget {
  /**
   * @param {ShadowRoot} root
   * @param {import('./config.js').Config} config
   * @param {import('./loading.js').Core} core
   */
  constructor(root, config, core) {
    Object.assign(this, { _root: root, _config: config, _core: core, _gone: new AbortController() });
    this._launcher = new Launcher(config, () => this._open());
    root.replaceChildren(this._launcher.element, this._launcher.announcer);
    adoptStyles(root, launcherCss);
    applyTheme(this._launcher.element, config.theme, this._gone.signal);
    if (isWanted(config)) this._start();
    else this._startOnIntent();
  }

  /** @param {ShadowRoot} root of another element, in which it goes on as it is */
  moveTo(root) {
    moveContent(this._root, root);
    this._root = root;
    if (this._running) this._running.moveTo(root);
  }

  /** Takes it off the page. */
  destroy() {
    this._gone.abort();
    if (this._running) this._running.destroy();
    this._root.replaceChildren();
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
    const { App, startStyling } = await this._core.load();
    if (this._gone.signal.aborted) return undefined;
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
}
