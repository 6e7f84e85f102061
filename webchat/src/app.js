import { Chime, TitleNotice } from './attention.js';
import { callHook } from './hooks.js';
import { wishesOf } from './language.js';
import { Session } from './session.js';
import { withSettings } from './settings.js';
import { counted, strings, useLanguage } from './strings.js';
import { isComposing } from './view/keys.js';
import { adoptLooks } from './view/looks.js';
import { Panel } from './view/panel.js';
import { applyTheme } from './view/theme.js';
import { followViewport } from './view/viewport.js';

const RENDER_DELAY_MS = 16;

/** The widget on one page: brings the session and its view together. */
export class App {
  /**
   * @param {ShadowRoot} root
   * @param {import('./config.js').Config} given
   * @param {import('./view/launcher.js').Launcher} launcher the button, which is there already
   */
  constructor(root, given, launcher) {
    const config = withSettings(given);
    useLanguage(wishesOf(config));
    this._root = root;
    this._config = config;
    this._unread = 0;
    this._newAfter = null;
    this._title = new TitleNotice();
    this._listeners = new AbortController();
    this.isOpen = false;
    this._session = new Session({
      config,
      onChange: () => this._renderSoon(),
      onUpload: (upload) => this._panel.renderUpload(upload, this._session.uploads),
      onVisitor: () => this._panel.composer.follow(this._session.draft),
      onUnknownIntegration: () => this.destroy(),
    });
    this._chime = new Chime(config.sound);
    this._launcher = launcher;
    this._panel = new Panel(config, this._actions(), this._chime);
    root.append(this._panel.element);
    this._setLooks = adoptLooks(root, config.styles);
    this._dress();
    this._listen();
  }

  /** Goes on with what this browser has, and opens by itself if a transfer or the host page says so. */
  start() {
    if (this._session.isKept()) this._session.start();
    const delay = this._session.takeMount();
    if (typeof delay === 'number' && delay >= 0) this._timer = setTimeout(() => this.open(false), delay);
  }

  /** @param {boolean} byVisitor only then does the keyboard go to the chat: a page must not lose it by surprise */
  open(byVisitor) {
    if (this.isOpen) return;
    this._session.start();
    this._panel.composer.restore(this._session.draft);
    if (this._session.unread) this._newAfter = this._session.readUpTo;
    this._setOpen(true);
    if (byVisitor) this._panel.composer.focus();
  }

  /** Closes the window; the connection stays, so that answers arrive. */
  close() {
    if (!this.isOpen || this._config.hideCloseIcon) return;
    const hadFocus = Boolean(this._root.activeElement);
    this._newAfter = null;
    this._setOpen(false);
    if (hadFocus) this._launcher.element.focus();
  }

  /** @param {ShadowRoot} root of another element of the page, in which all is by now */
  moveTo(root) {
    this._root = root;
    // Where the browser cannot share sheets, a style element that is moved begins anew.
    this._setLooks(this._config.styles);
    this._session.look();
    this._panel.settle();
  }

  /** Takes the widget off the page. */
  destroy() {
    this._isDestroyed = true;
    clearTimeout(this._timer);
    clearTimeout(this._rendering);
    this._listeners.abort();
    this._session.destroy();
    this._title.render(0);
    this._root.replaceChildren();
  }

  _actions() {
    return {
      onClose: () => this.close(),
      onSend: (text) => this._say(() => this._session.send({ type: 'text', text })),
      onFiles: (files) => {
        this._panel.showNewest();
        this._say(() => this._session.sendFiles(files));
      },
      onCancelFile: (id) => this._session.cancelFile(id),
      onRetryFile: (id) => this._session.retryFile(id),
      onPress: (action) => this._say(() => this._session.press(action)),
      onDraft: (text) => {
        this._session.draft = text;
      },
      onLeave: (transfer) => this._session.leaveFor(transfer),
      onScrolled: () => this._renderSoon(),
      onRetry: (id) => this._retry(() => this._session.retry(id)),
      onEdit: (id) => this._edit(id),
      onRetryNow: () => this._retry(() => this._session.retryNow()),
    };
  }

  /** Who answers has seen the new messages: nothing marks them any more. */
  _say(how) {
    this._newAfter = null;
    how();
  }

  /** The button goes away with the press; the keyboard must not go with it. */
  _retry(how) {
    this._panel.composer.focus();
    how();
  }

  /** The text goes back into the field, before what is being written there. */
  _edit(id) {
    const text = this._session.takeBack(id);
    if (text) this._panel.composer.prepend(text);
  }

  _dress() {
    const { signal } = this._listeners;
    applyTheme(this._panel.element, this._config.theme, signal);
    followViewport(this._panel.element, signal);
  }

  _listen() {
    const { signal } = this._listeners;
    this._panel.element.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && !isComposing(event)) this.close();
    });
    document.addEventListener('visibilitychange', () => this._renderSoon(), { signal });
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
    const session = this._session;
    const { readUpTo } = session;
    // Drawn first: what is new moves the list to its end, or stays out of view.
    if (this.isOpen && session.unread && this._newAfter === null && !this._isLookedAt) this._newAfter = readUpTo;
    this._panel.render(session, this._newAfter);
    if (this._isLookedAt) session.markRead();
    if (this.isOpen && !document.hasFocus()) this._panel.composer.follow(session.draft);
    this._announce();
  }

  get _isLookedAt() {
    return this.isOpen && !document.hidden && this._panel.isAtEnd;
  }

  _announce() {
    const { unread } = this._session;
    const hasNew = unread > this._unread;
    this._unread = unread;
    this._launcher.render(unread, this.isOpen, unread ? counted(strings.unread, unread) : '');
    this._title.render(unread);
    if (!hasNew) return;
    if (this._session.mayAnnounce()) this._chime.play();
    if (this._config.openOnNewMessage) this.open(false);
  }
}
