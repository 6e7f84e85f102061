import { watchClock } from './clockwatch.js';
import { callHook } from './hooks.js';
import { logError } from './log.js';
import { Store, prefixOf } from './store.js';
import { strings } from './strings.js';
import { Timeline } from './timeline.js';
import { Visit } from './visit.js';

const UNREACHABLE_AFTER_MS = 10000;
const NOTHING = new Timeline();

/** The chat without its looks: who the visitor is, what is shown, and the truth about the connection. */
export class Session {
  /**
   * @param {Object} parts
   * @param {import('./config.js').Config} parts.config
   * @param {function(): void} parts.onChange             something to show has changed
   * @param {function(import('./uploads.js').Upload): void} parts.onUpload a file's state has changed
   * @param {function(): void} parts.onVisitor            whose chat it is was found out: the first, or another one
   * @param {function(): void} parts.onUnknownIntegration there is nothing to chat with
   */
  constructor({ config, onChange, onUpload, onVisitor, onUnknownIntegration }) {
    Object.assign(this, { _config: config, _onChange: onChange, _onUpload: onUpload, _onVisitor: onVisitor });
    this._onUnknownIntegration = onUnknownIntegration;
    this._root = new Store(prefixOf(config.integrationId));
    this._listeners = new AbortController();
    /** Why there is no chat here; empty when there is. */
    this.blocked = '';
  }

  /**
   * Whether this browser has a session to go on with. Reads only; a browser that never chatted is told
   * from an empty store, without asking the host page who the visitor is.
   * @returns {boolean}
   */
  isKept() {
    if (!this._root.keys().length) return false;
    this._enter();
    const { isKept } = this._visit.conversation;
    // The host page may know more about the visitor by the time the chat is opened.
    if (!isKept) this._visit = null;
    return isKept;
  }

  /** Connects and stays connected. Again after it was blocked, and for whoever the visitor is by now. */
  start() {
    this._leaveIfOver();
    this._enter();
    this.blocked = '';
    this._visit.start();
    if (this._isFollowing) return;
    this._isFollowing = true;
    this._followBrowser();
  }

  /** The page was replaced in place: the host page may know another visitor by now. */
  look() {
    if (this._isFollowing) this._look();
  }

  /** Ends all work for this page; what is stored stays. */
  destroy() {
    this._listeners.abort();
    clearTimeout(this._doubt);
    if (this._visit) this._visit.stop();
  }

  /** @returns {Timeline} */
  get timeline() {
    return this._visit ? this._visit.timeline : NOTHING;
  }

  /** @returns {import('./uploads.js').Upload[]} the visitor's files on their way, and those that failed */
  get uploads() {
    return this._visit ? this._visit.uploads.list : [];
  }

  /** @returns {string} the status line; empty when all is well or nothing was started */
  get status() {
    const isWell = !this._visit || !this._visit.isStarted || this._visit.socket.state === 'open';
    if (isWell || this.blocked) return this._noteConnection(true);
    if (!navigator.onLine) return strings.offline;
    return this._noteConnection(false);
  }

  /** @returns {boolean} whether what is written here will be gone with the page */
  get isVolatile() {
    return Boolean(this._visit && this._visit.isStarted && this._visit.store.isVolatile);
  }

  /** @returns {''|'agent'|'bot'|'other'} who of the business is typing */
  get typing() {
    return this._visit ? this._visit.typing.who : '';
  }

  /** @returns {number} the event id up to which the visitor has seen everything */
  get readUpTo() {
    return (this._visit && this._visit.store.get('read')) || 0;
  }

  /** @returns {number} messages of others that the visitor has not seen */
  get unread() {
    return this.timeline.countUnread(this.readUpTo);
  }

  /** The visitor sees what there is. */
  markRead() {
    if (!this._visit) return;
    if (this.unread) this._visit.store.set('read', this.timeline.lastEventId);
    if (this._visit.socket.state === 'open') this._visit.seen.see(this.timeline.lastOfOthers);
  }

  /** @returns {string} what the visitor began to write */
  get draft() {
    return (this._visit && this._visit.store.get('draft')) || '';
  }

  set draft(text) {
    if (text) this._visit.store.set('draft', text);
    else this._visit.store.remove('draft');
    this._visit.ownTyping.changed(text);
  }

  /**
   * Sends a message, if the host page lets it.
   * @param {Object} message
   */
  send(message) {
    this._visit.send(message);
  }

  /** @param {File[]} files */
  sendFiles(files) {
    files.forEach((file) => this._visit.sendFile(file));
  }

  /** @param {string} id of a file that is on its way, or has failed */
  cancelFile(id) {
    this._visit.uploads.cancel(id);
  }

  /** @param {string} id of a file that failed */
  retryFile(id) {
    this._visit.uploads.retry(id);
  }

  /**
   * The visitor pressed a button of a message: what it stands for is said.
   * @param {{title?: string, payload?: string}} action a postback or a reply
   */
  press({ title, payload }) {
    const text = String(payload ?? title ?? '');
    if (text) this.send({ type: 'text', text });
  }

  /** @param {string} id of a message that was refused */
  retry(id) {
    this._visit.outbox.retry(id);
  }

  /** @returns {string} the text of a refused message, which is gone from the list; empty when there is none */
  takeBack(id) {
    return this._visit.outbox.takeBack(id)?.activity.message.text ?? '';
  }

  /** Tries what waits to be sent without waiting longer. */
  retryNow() {
    this._visit.outbox.retryNow();
    this._visit.uploads.wake();
    this._visit.socket.wake();
  }

  /** @param {import('./transfer.js').Transfer} transfer whose link the visitor follows */
  leaveFor(transfer) {
    this._visit.transfers.leave(transfer);
  }

  /** @returns {*} milliseconds until the chat opens by itself, as the transfer to this page or the host page wishes */
  takeMount() {
    const wish = this._visit ? this._visit.transfers.takeMount() : null;
    return wish ?? callHook(this._config, 'mountOnLoad');
  }

  /**
   * Of all tabs, one may announce a message.
   * @returns {boolean} whether it is this one
   */
  mayAnnounce() {
    const { lastOfOthers } = this.timeline;
    if (!this._visit || !(lastOfOthers > (this._visit.store.get('announced') || 0))) return false;
    this._visit.store.set('announced', lastOfOthers);
    return true;
  }

  /** Finds out who the visitor is and opens what is stored about that one; done once. */
  _enter() {
    if (this._visit) return;
    const visitor = this._askWho();
    this._name = this._nameOf(visitor);
    this._visit = new Visit({
      config: this._config,
      visitor,
      askVisitor: () => this._askWho(),
      store: this._root.scope(this._name),
      onChange: () => this._onChange(),
      onUpload: this._onUpload,
      onFailed: (error) => this._block(error),
    });
    this._onVisitor();
  }

  _askWho() {
    return callHook(this._config, 'onConversation') || {};
  }

  _nameOf({ bindingKey }) {
    return bindingKey ? `user:${encodeURIComponent(bindingKey)}` : 'guest';
  }

  /** A visitor who signed out, or whose session is over, leaves nothing to see for the next one. */
  _leaveIfOver() {
    if (!this._visit || !this._visit.isStarted) return false;
    if (!this._visit.conversation.isExpired && this._nameOf(this._askWho()) === this._name) return false;
    this._visit.stop();
    this._visit = null;
    this._onChange();
    return true;
  }

  _followBrowser() {
    const { signal } = this._listeners;
    const reconnect = () => {
      if (this.blocked) return;
      this._visit.socket.restart();
      this._visit.wake();
    };
    // Both ways: no connection can be trusted over a change of network.
    addEventListener('online', reconnect, { signal });
    addEventListener('offline', reconnect, { signal });
    document.addEventListener('visibilitychange', () => this._look(), { signal });
    addEventListener('pageshow', () => this._wake(), { signal });
    addEventListener('storage', ({ key }) => this._follow(key), { signal });
    watchClock(() => this._wakeFromSleep(), signal);
  }

  /** The time of leaving counts as a visit, too. */
  _look() {
    if (document.hidden) this._visit.conversation.touch();
    else this._wake();
  }

  _wakeFromSleep() {
    if (document.hidden) this._visit.socket.wake();
    else this._wake();
  }

  /** The visitor is looking again. */
  _wake() {
    if (this._leaveIfOver()) {
      this.start();
      return;
    }
    const { conversation, socket, transfers } = this._visit;
    conversation.touch();
    socket.wake();
    this._visit.wake();
    transfers.goOn();
    this._onChange();
  }

  _follow(key) {
    const own = this._visit.store.ownKey(key);
    if (own) this._visit.follow(own);
  }

  /** Connecting takes a moment; what takes longer is said more plainly. */
  _noteConnection(isWell) {
    if (isWell) {
      clearTimeout(this._doubt);
      this._lostAt = 0;
      return '';
    }
    if (!this._lostAt) {
      this._lostAt = Date.now();
      this._doubt = setTimeout(() => this._onChange(), UNREACHABLE_AFTER_MS);
    }
    return Date.now() - this._lostAt < UNREACHABLE_AFTER_MS ? strings.connecting : strings.unreachable;
  }

  _block(error) {
    if (error.isIntegrationUnknown) {
      logError(`The chat is not shown, for there is no integration ${this._config.integrationId}.`);
      this._onUnknownIntegration();
      return;
    }
    this.blocked = error.isOriginRefused ? strings.notAllowed : strings.unavailable;
    const reason = error.isOriginRefused ? `The origin ${location.origin} is not allowed.` : error.message;
    logError(`${this.blocked} ${reason}`);
    this._onChange();
  }
}
