import { callHook } from './hooks.js';
import { Session } from './session.js';
import { adoptLooks } from './view/looks.js';
import { Panel } from './view/panel.js';

const RENDER_DELAY_MS = 16;

/** The widget on one page: brings the session and its view together. */
export class App {
  /**
   * @param {ShadowRoot} root
   * @param {import('./config.js').Config} config
   * @param {import('./view/launcher.js').Launcher} launcher the button, which is there already
   */
  constructor(root, config, launcher) {
    this._root = root;
    this._config = config;
    this._unread = 0;
    this.isOpen = false;
    this._session = new Session({
      config,
      onChange: () => this._renderSoon(),
      onUnknownIntegration: () => this.destroy(),
    });
    this._launcher = launcher;
    this._panel = new Panel(config, this._actions());
    root.append(this._panel.element);
    adoptLooks(root, config.styles);
    this._listen();
  }

  /** Goes on with what this browser has, and opens by itself if the host page says so. */
  start() {
    if (this._session.isKept()) this._session.start();
    const delay = callHook(this._config, 'mountOnLoad');
    if (typeof delay === 'number' && delay >= 0) this._timer = setTimeout(() => this.open(false), delay);
  }

  /** @param {boolean} byVisitor only then does the keyboard go to the chat: a page must not lose it by surprise */
  open(byVisitor) {
    if (this.isOpen) return;
    this._session.start();
    this._panel.composer.restore(this._session.draft);
    this._setOpen(true);
    if (byVisitor) this._panel.composer.focus();
  }

  /** Closes the window; the connection stays, so that answers arrive. */
  close() {
    if (!this.isOpen || this._config.hideCloseIcon) return;
    const hadFocus = Boolean(this._root.activeElement);
    this._setOpen(false);
    if (hadFocus) this._launcher.element.focus();
  }

  /** Takes the widget off the page. */
  destroy() {
    this._isDestroyed = true;
    clearTimeout(this._timer);
    clearTimeout(this._rendering);
    this._session.destroy();
    this._root.replaceChildren();
  }

  _actions() {
    return {
      onClose: () => this.close(),
      onSend: (text) => this._session.send({ type: 'text', text }),
      onDraft: (text) => {
        this._session.draft = text;
      },
      onRetry: (id) => this._retry(() => this._session.retry(id)),
      onRetryNow: () => this._retry(() => this._session.retryNow()),
    };
  }

  /** The button goes away with the press; the keyboard must not go with it. */
  _retry(how) {
    this._panel.composer.focus();
    how();
  }

  _listen() {
    this._panel.element.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && !event.isComposing) this.close();
    });
  }

  _setOpen(isOpen) {
    this.isOpen = isOpen;
    this._panel.setOpen(isOpen);
    this._render();
    callHook(this._config, 'onMount', isOpen);
  }

  /** Many activities can come at once; they are drawn together. */
  _renderSoon() {
    if (this._rendering || this._isDestroyed) return;
    this._rendering = setTimeout(() => {
      this._rendering = 0;
      this._render();
    }, RENDER_DELAY_MS);
  }

  _render() {
    this._panel.render(this._session);
    if (this.isOpen && !document.hidden) this._session.markRead();
    const { unread } = this._session;
    const hasNew = unread > this._unread;
    this._unread = unread;
    this._launcher.render(unread, this.isOpen);
    if (hasNew && this._config.openOnNewMessage) this.open(false);
  }
}
