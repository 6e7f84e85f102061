import { Api } from './api.js';
import { ServiceClock } from './clock.js';
import { Conversation } from './conversation.js';
import { callHook, copyOf } from './hooks.js';
import { uuid } from './ids.js';
import { Outbox } from './outbox.js';
import { SeenTeller } from './seen.js';
import { EventSocket } from './socket.js';
import { prefixOf } from './store.js';
import { Timeline, kindOf } from './timeline.js';
import { Tokens } from './tokens.js';
import { Transfers, readTransfer } from './transfer.js';
import { Turn } from './turn.js';
import { BusinessTyping, OwnTyping } from './typing.js';
import { Uploads } from './uploads.js';

const UNAUTHORISED = 4401;
const NO_CONVERSATION = 4404;
const MEGABYTE = 1024 * 1024;
const PROTOCOL = 'hubster.events.v1';

/** The chat of one visitor: all that is kept, received and sent for that one, and for nobody else. */
export class Visit {
  /**
   * @param {Object} parts
   * @param {import('./config.js').Config} parts.config
   * @param {import('./conversation.js').Visitor} parts.visitor
   * @param {function(): import('./conversation.js').Visitor} parts.askVisitor asks the host page once more
   * @param {import('./store.js').Store} parts.store
   * @param {function(): void} parts.onChange
   * @param {function(import('./uploads.js').Upload): void} parts.onUpload a file's state has changed
   * @param {function(Error): void} parts.onFailed there can be no chat
   */
  constructor({ config, visitor, askVisitor, store, onChange, onUpload, onFailed }) {
    Object.assign(this, { _config: config, store, _onChange: onChange, _onFailed: onFailed });
    const { integrationId } = config;
    const api = (this._api = new Api(config.engineEndpoint));
    const tokens = new Tokens({ api, store, integrationId, onNewIdentity: () => this.conversation.drop() });
    this._tokens = tokens;
    this._received = new Set();
    this.timeline = new Timeline();
    this._clock = new ServiceClock(store);
    this.conversation = new Conversation({ api, tokens, store, config, visitor, askVisitor, clock: this._clock });
    this.socket = this._makeSocket();
    this.outbox = this._makeOutbox();
    this.uploads = this._makeUploads(onUpload);
    this.typing = new BusinessTyping(onChange, this._clock);
    this.ownTyping = new OwnTyping((type) => this._signal({ type }).catch(() => {}));
    this.seen = new SeenTeller({ store, tell: (event) => this._signal(event) });
    this.transfers = new Transfers({ store, clock: this._clock });
  }

  /** Connects, and sends what is left from before. */
  start() {
    this.conversation.touch();
    this.socket.start();
    if (this.isStarted) return;
    this.isStarted = true;
    this.outbox.load();
  }

  /** Ends all work; what is stored stays. */
  stop() {
    this._isStopped = true;
    this.socket.stop();
    this.outbox.stop();
    this.uploads.stop();
    this.typing.stop();
    this.ownTyping.stop();
  }

  /**
   * Sends a message, if the host page lets it.
   * @param {Object} message
   */
  send(message) {
    const activity = { type: 'message', externalId: uuid(), message };
    if (callHook(this._config, 'onBeforeActivitySend', copyOf(activity)) === false) return;
    this.ownTyping.stop();
    this.conversation.touch();
    this.outbox.add(activity);
  }

  /**
   * Sends a file, if the host page lets it.
   * @param {File} file
   */
  sendFile(file) {
    const message = { type: 'attachment', label: file.name, mimeType: file.type };
    const activity = { type: 'message', externalId: uuid(), message };
    if (callHook(this._config, 'onBeforeActivitySend', activity) === false) return;
    this.conversation.touch();
    this.uploads.add(file, activity.externalId);
  }

  /** The service can be reached again, or the visitor is back: what waits is tried at once. */
  wake() {
    this.outbox.wake();
    this.uploads.wake();
  }

  /**
   * Another tab changed something in the store.
   * @param {string} key
   */
  follow(key) {
    if (this.conversation.follow()) this.socket.restart();
    this.outbox.follow(key);
    this._onChange();
  }

  _makeOutbox() {
    const { store } = this;
    const name = `${prefixOf(this._config.integrationId)}outbox`;
    return new Outbox({
      store,
      turn: new Turn({ name, store }),
      deliver: (activity) => this._deliver(activity),
      lastEventId: () => this.timeline.lastEventId,
      onChange: (entry) => {
        this.timeline.putOwn(entry, this.conversation.id);
        this._onChange();
      },
    });
  }

  _makeUploads(onUpload) {
    return new Uploads({
      endpoint: this._config.engineEndpoint,
      tokens: { with: (call) => this._inConversation(() => this._tokens.with(call)) },
      ensureConversation: () => this.conversation.ensure(),
      mostBytes: this._config.filesSize * MEGABYTE,
      onChange: onUpload,
      onSent: (answer) => this._arrived(answer),
    });
  }

  _makeSocket() {
    return new EventSocket({
      prepare: () => this._prepareSocket(),
      onActivity: (activity) => this._receive(activity),
      onState: (state) => {
        if (state === 'open') this.wake();
        else this.typing.stop();
        this._onChange();
      },
      onClosed: (code) => this._socketClosed(code),
      onFailed: (error) => this._onFailed(error),
    });
  }

  async _prepareSocket() {
    const { integrationId, eventsEndpoint } = this._config;
    const conversationId = await this.conversation.ensure();
    this._token = await this._tokens.get();
    this._listensTo = conversationId;
    const leid = this.conversation.lastSeen;
    const query = new URLSearchParams({ iId: integrationId, cId: conversationId, leid });
    return { url: `${eventsEndpoint}/api/v1/events?${query}`, protocols: [PROTOCOL, `bearer.${this._token}`] };
  }

  _socketClosed(code) {
    if (code === UNAUTHORISED) this._tokens.refused(this._token);
    if (code === NO_CONVERSATION) this.conversation.drop();
  }

  _receive(activity) {
    const { eventId, externalId, message } = activity;
    const key = `${this._listensTo}:${eventId}`;
    if (!(eventId > 0) || this._received.has(key)) return;
    this._received.add(key);
    this.conversation.saw(this._listensTo, eventId);
    callHook(this._config, 'onReceivedActivity', copyOf(activity));
    this.typing.receive(activity, kindOf(activity));
    if (message) {
      this.timeline.receive(activity, this._listensTo);
      // Known entries only: the external id of somebody else's message is in no outbox.
      this.outbox.settle(externalId, eventId);
    } else {
      this._receiveEvent(activity);
    }
    this._onChange();
  }

  _receiveEvent(activity) {
    if (kindOf(activity) === 'own') return;
    const { event, eventId } = activity;
    if (event && event.type === 'seen') this.timeline.receiveSeen(activity);
    const transfer = readTransfer(event);
    if (!transfer) return;
    this.timeline.receiveTransfer(activity, this._listensTo, transfer);
    this.transfers.receive(transfer, eventId);
  }

  async _deliver(activity) {
    return this._arrived(await this._inConversation(() => this._post(activity)));
  }

  /** A conversation that takes no more of this visitor is left, and the call made once more in the next. */
  async _inConversation(call) {
    try {
      return await call();
    } catch (error) {
      if (!error.isConversationGone) throw error;
    }
    this.conversation.drop();
    this.socket.restart();
    return call();
  }

  _arrived(answer) {
    this._clock.learn(answer.eventId);
    // To a closed conversation the service answers with the one that follows it.
    if (this.conversation.moveTo(answer.conversationId)) this.socket.restart();
    // The service is back, so the socket need not wait for its turn.
    else this.socket.wake();
    return answer;
  }

  _post(activity) {
    return this._tokens.with(async (token) => {
      const conversationId = await this.conversation.ensure();
      return this._api.send(token, conversationId, activity);
    });
  }

  /** Tells what the visitor does, if that is possible right now; it is worth no second attempt. */
  async _signal(event) {
    const { id } = this.conversation;
    if (!id || id === this._closed || this._isStopped || this.socket.state !== 'open') {
      throw new Error('There is nobody to tell.');
    }
    const activity = { type: 'event', externalId: uuid(), event };
    try {
      this._arrived(await this._api.send(await this._tokens.get(), id, activity));
    } catch (error) {
      // The next message opens another conversation; until then the host page's console stays clean.
      if (error.isConversationClosed) this._closed = id;
      throw error;
    }
  }
}
