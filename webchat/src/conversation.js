import { secret } from './ids.js';
import { logError } from './log.js';

const MINUTE_MS = 60000;

/**
 * Who the host page says the visitor is. With a `bindingToken` the business vouches for it.
 * @typedef {{bindingKey?: string, bindingToken?: string|function(): (string|Promise<string>), properties?: Object}} Visitor
 */

/** One visitor's conversation: kept in the store over a reload, established when there is none. */
export class Conversation {
  /**
   * @param {Object} parts
   * @param {import('./api.js').Api} parts.api
   * @param {import('./tokens.js').Tokens} parts.tokens
   * @param {import('./store.js').Store} parts.store
   * @param {import('./config.js').Config} parts.config
   * @param {Visitor} parts.visitor
   * @param {function(): Visitor} parts.askVisitor asks the host page once more
   * @param {import('./clock.js').ServiceClock} parts.clock
   */
  constructor({ api, tokens, store, config, visitor, askVisitor, clock }) {
    Object.assign(this, { _api: api, _tokens: tokens, _store: store, _config: config, _visitor: visitor });
    Object.assign(this, { _askVisitor: askVisitor, _clock: clock });
    if (this.isExpired) this._store.clear();
    this.id = (this._stored || {}).conversationId;
    /** The last event id that came over the socket: where a new connection goes on. */
    this.lastSeen = 0;
    this._left = new Set();
  }

  /** @returns {boolean} whether this browser has been in the chat within the session's time to live */
  get isKept() {
    return Boolean(this._stored);
  }

  /** @returns {boolean} whether the visitor was away for longer than the session's time to live */
  get isExpired() {
    const stored = this._stored;
    return Boolean(stored) && Date.now() - stored.visitedAt > this._config.sessionTTL * MINUTE_MS;
  }

  /** Starts the session's time to live anew. */
  touch() {
    // The id is left as it is: another tab may have gone on to a new conversation.
    this._store.set('session', { ...this._stored, visitedAt: Date.now() });
  }

  /** @returns {Promise<string>} the id, of a new conversation if need be */
  async ensure() {
    if (this.id) return this.id;
    if (!this._establishing) {
      this._establishing = this._establish().finally(() => {
        this._establishing = null;
      });
    }
    return this._establishing;
  }

  /**
   * The service went on in another conversation, because this one was closed.
   * @param {string} conversationId as an answer has it; a late answer may still name one that was left
   * @returns {boolean} whether that is news
   */
  moveTo(conversationId) {
    if (!conversationId || conversationId === this.id || this._left.has(conversationId)) return false;
    if (this.id) this._left.add(this.id);
    this.lastSeen = 0;
    this._keep(conversationId);
    return true;
  }

  /** @returns {boolean} whether another tab went on to another conversation, and this one with it */
  follow() {
    return Boolean(this.id) && this.moveTo((this._stored || {}).conversationId);
  }

  /** The conversation is over, or no longer ours: the next need establishes one. */
  drop() {
    this.lastSeen = 0;
    this._keep(undefined);
  }

  /**
   * @param {string} conversationId the one that the event came from; an old connection may still talk
   * @param {number} eventId
   */
  saw(conversationId, eventId) {
    if (conversationId === this.id) this.lastSeen = Math.max(this.lastSeen, eventId);
  }

  get _stored() {
    return this._store.get('session');
  }

  async _establish() {
    const bindingToken = await this._bindingToken();
    const answer = await (bindingToken ? this._askSigned(bindingToken) : this._ask(this._binding()));
    this._keep(answer.conversationId);
    if (answer.isNew) this._clock.learn(Date.parse(answer.openedDateTime));
    return this.id;
  }

  _keep(conversationId) {
    this.id = conversationId;
    this._store.set('session', { conversationId, visitedAt: Date.now() });
  }

  _ask(binding, bindingToken) {
    const { integrationId } = this._config;
    const properties = this._visitor.properties || {};
    const request = { integrationId, channelType: 'WebChat', binding, bindingToken, properties };
    return this._tokens.with((token) => this._api.establish(token, request));
  }

  /** A refused token leaves nobody without a chat: it is then a conversation of this browser alone. */
  async _askSigned(bindingToken) {
    const binding = this._visitor.bindingKey || '';
    try {
      return await this._ask(binding, bindingToken);
    } catch (error) {
      if (error.status !== 401) throw error;
      logError(`The chat goes on without the visitor's history. ${error.message}`);
    }
    return this._ask(binding || this._binding());
  }

  /** A token is short-lived, so a new one is asked for; unless somebody else has signed in meanwhile. */
  async _bindingToken() {
    const before = this._visitor;
    if (!before.bindingToken) return undefined;
    const now = this._askVisitor();
    const { bindingToken } = now.bindingKey === before.bindingKey ? now : before;
    try {
      return typeof bindingToken === 'function' ? await bindingToken() : bindingToken;
    } catch (error) {
      logError('bindingToken of onConversation failed:', error);
      return undefined;
    }
  }

  _binding() {
    let held = this._store.get('secret');
    if (!held) this._store.set('secret', (held = secret()));
    const { bindingKey } = this._visitor;
    return bindingKey ? `${bindingKey}.${held}` : held;
  }
}
