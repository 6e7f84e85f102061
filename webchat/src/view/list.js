import { strings } from '../strings.js';
import { applyStyles, el } from './dom.js';
import { Row } from './row.js';

const GROUP_MS = 5 * 60 * 1000;
const NEAR_END_PX = 60;

const isWaiting = (item) => item.state === 'sending' || item.state === 'delayed';

/** The scrolling list of messages. */
export class MessageList {
  /**
   * @param {import('../config.js').Config} config
   * @param {{onRetry: function(string): void, onRetryNow: function(): void}} actions
   */
  constructor(config, actions) {
    this._config = config;
    this._actions = actions;
    this._rows = new Map();
    this.element = el('div', {
      class: 'list', role: 'log', 'aria-live': 'polite', 'aria-label': strings.messages, tabindex: '0',
    });
    applyStyles(this.element, { backgroundColor: config.styles.chatBackgroundColor || '' });
  }

  /** @param {import('../timeline.js').Item[]} items in the order to show */
  render(items) {
    const { scrollHeight, scrollTop, clientHeight } = this.element;
    const follow = scrollHeight - scrollTop - clientHeight < NEAR_END_PX || this._hasNewOwn(items);
    const lastSent = [...items].reverse().find((item) => item.kind === 'own' && item.state === 'sent');
    const nextOut = items.find(isWaiting);
    items.forEach((item, index) => this._place(item, index, {
      isGroupEnd: this._endsGroup(item, items[index + 1]),
      isLastSent: item === lastSent,
      isNextOut: item === nextOut,
      isNewest: index === items.length - 1,
    }));
    if (follow) this.scrollToEnd();
  }

  /** Shows the newest message. */
  scrollToEnd() {
    this.element.scrollTop = this.element.scrollHeight;
  }

  _place(item, index, place) {
    let row = this._rows.get(item.number);
    if (!row) this._rows.set(item.number, (row = new Row(this._config, this._actions)));
    row.render(item, place);
    const { children } = this.element;
    if (children[index] !== row.element) this.element.insertBefore(row.element, children[index] || null);
  }

  _endsGroup(item, next) {
    return !next || next.kind !== item.kind || next.state !== item.state || next.time - item.time > GROUP_MS;
  }

  _hasNewOwn(items) {
    return items.some((item) => isWaiting(item) && !this._rows.has(item.number));
  }
}
