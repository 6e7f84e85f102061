import { Api } from './api.js';
import { Conversation } from './conversation.js';
import { callHook, copyOf } from './hooks.js';
import { uuid } from './ids.js';
import { logError } from './log.js';
import { Outbox } from './outbox.js';
import { EventSocket } from './socket.js';
import { Store } from './store.js';
import { strings } from './strings.js';
import { Timeline } from './timeline.js';
import { Tokens } from './tokens.js';

const UNAUTHORISED = 4401;
const NO_CONVERSATION = 4404;
const PROTOCOL = 'hubster.events.v1';

/** The visitor's chat without its looks: what is shown, what is sent, and the truth about the connection. */
export class Session {
  /**
   * @param {Object} parts
   * @param {import('./config.js').Config} parts.config
   * @param {function(): void} parts.onChange             something to show has changed
   * @param {function(): void} parts.onUnknownIntegration there is nothing to chat with
   */
  constructor({ config, onChange, onUnknownIntegration }) {
    this._config = config;
    this._onChange = onChange;
    this._onUnknownIntegration = onUnknownIntegration;
    this._root = new Store(`hubster-webchat:${config.integrationId}:`);
    this._received = new Set();
    this._listeners = new AbortController();
    this.timeline = new Timeline();
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
    const { isKept } = this._conversation;
    // The host page may know more about the visitor by the time the chat is opened.
    if (!isKept) this._store = null;
    return isKept;
  }

  /** Connects and stays connected. Again after it was blocked. */
  start() {
    this._enter();
    this.blocked = '';
    this._conversation.touch();
    this._socket.start();
    if (this._isStarted) return;
    this._isStarted = true;
    this._outbox.load();
    this._followNetwork();
  }

  /** Ends all work for this page; what is stored stays. */
  destroy() {
    this._listeners.abort();
    if (!this._store) return;
    this._socket.stop();
    this._outbox.stop();
  }

  /** @returns {string} the status line; empty when all is well or nothing was started */
  get status() {
    if (!this._isStarted || this.blocked || this._socket.state === 'open') return '';
    return navigator.onLine ? strings.connecting : strings.offline;
  }

  /** @returns {number} messages of others that the visitor has not seen */
  get unread() {
    return this._store ? this.timeline.countUnread(this._store.get('read') || 0) : 0;
  }

  /** The visitor has seen what there is. */
  markRead() {
    if (this.unread) this._store.set('read', this.timeline.lastEventId);
  }

  /** @returns {string} what the visitor began to write */
  get draft() {
    return (this._store && this._store.get('draft')) || '';
  }

  set draft(text) {
    if (text) this._store.set('draft', text);
    else this._store.remove('draft');
  }

  /**
   * Sends a message, if the host page lets it.
   * @param {Object} message
   */
  send(message) {
    const activity = { type: 'message', externalId: uuid(), message };
    if (callHook(this._config, 'onBeforeActivitySend', copyOf(activity)) === false) return;
    this._conversation.touch();
    this._outbox.add(activity);
  }

  /** @param {string} id of a message that was refused */
  retry(id) {
    this._outbox.retry(id);
  }

  /** Tries what waits to be sent without waiting longer. */
  retryNow() {
    this._outbox.retryNow();
    this._socket.wake();
  }

  /** Finds out who the visitor is and opens what is stored about that one; done once. */
  _enter() {
    if (this._store) return;
    const visitor = callHook(this._config, 'onConversation') || {};
    const name = visitor.bindingKey ? `user:${encodeURIComponent(visitor.bindingKey)}` : 'guest';
    const store = (this._store = this._root.scope(name));
    const config = this._config;
    const api = (this._api = new Api(config.engineEndpoint));
    const onNewIdentity = () => this._conversation.drop();
    const { integrationId } = config;
    const tokens = (this._tokens = new Tokens({ api, store, integrationId, onNewIdentity }));
    this._conversation = new Conversation({ api, tokens, store, config, visitor });
    this._outbox = this._makeOutbox(store);
    this._socket = this._makeSocket();
  }

  _makeOutbox(store) {
    return new Outbox({
      store,
      deliver: (activity) => this._deliver(activity),
      lastEventId: () => this.timeline.lastEventId,
      onChange: (entry) => {
        this.timeline.putOwn(entry, this._conversation.id);
        this._onChange();
      },
    });
  }

  _makeSocket() {
    return new EventSocket({
      prepare: () => this._prepareSocket(),
      onActivity: (activity) => this._receive(activity),
      onState: (state) => {
        if (state === 'open') this._outbox.wake();
        this._onChange();
      },
      onClosed: (code) => this._socketClosed(code),
      onFailed: (error) => this._block(error),
    });
  }

  _followNetwork() {
    const { signal } = this._listeners;
    const reconnect = () => {
      this._socket.restart();
      this._outbox.wake();
    };
    // Both ways: no connection can be trusted over a change of network.
    addEventListener('online', () => this.blocked || reconnect(), { signal });
    addEventListener('offline', () => this.blocked || reconnect(), { signal });
    document.addEventListener('visibilitychange', () => document.hidden || this._wake(), { signal });
    addEventListener('pageshow', () => this._wake(), { signal });
    addEventListener('storage', () => this._conversation.follow() && this._socket.restart(), { signal });
  }

  _wake() {
    this._conversation.touch();
    this._socket.wake();
    this._outbox.wake();
    this._onChange();
  }

  async _prepareSocket() {
    const { integrationId, eventsEndpoint } = this._config;
    const conversationId = await this._conversation.ensure();
    this._token = await this._tokens.get();
    this._listensTo = conversationId;
    const leid = this._conversation.lastSeen;
    const query = new URLSearchParams({ iId: integrationId, cId: conversationId, leid });
    return { url: `${eventsEndpoint}/api/v1/events?${query}`, protocols: [PROTOCOL, `bearer.${this._token}`] };
  }

  _socketClosed(code) {
    if (code === UNAUTHORISED) this._tokens.refused(this._token);
    if (code === NO_CONVERSATION) this._conversation.drop();
  }

  _receive(activity) {
    const { eventId, externalId, message } = activity;
    const key = `${this._listensTo}:${eventId}`;
    if (!(eventId > 0) || this._received.has(key)) return;
    this._received.add(key);
    this._conversation.saw(this._listensTo, eventId);
    callHook(this._config, 'onReceivedActivity', copyOf(activity));
    if (!message) return;
    this.timeline.receive(activity, this._listensTo);
    // Known entries only: the external id of somebody else's message is in no outbox.
    this._outbox.settle(externalId, eventId);
    this._onChange();
  }

  async _deliver(activity) {
    try {
      const answer = await this._post(activity);
      // To a closed conversation the service answers with the one that follows it.
      if (this._conversation.moveTo(answer.conversationId)) this._socket.restart();
      // The service is back, so the socket need not wait for its turn.
      else this._socket.wake();
      return answer;
    } catch (error) {
      if (!error.isConversationGone) throw error;
    }
    this._conversation.drop();
    this._socket.restart();
    return this._post(activity);
  }

  _post(activity) {
    return this._tokens.with(async (token) => {
      const conversationId = await this._conversation.ensure();
      return this._api.send(token, conversationId, activity);
    });
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
