import { counted, strings } from '../strings.js';
import { applyStyles, button, el } from './dom.js';
import { icon } from './icons.js';
import { dress, Row } from './row.js';
import { Scroll } from './scroll.js';
import { dayKey, dayName } from './time.js';

const GROUP_MS = 5 * 60 * 1000;

const isWaiting = (item) => item.state === 'sending' || item.state === 'delayed';

/** The scrolling list of messages. */
export class MessageList {
  /**
   * @param {import('../config.js').Config} config
   * @param {Object} actions what the visitor can do, see App
   */
  constructor(config, actions) {
    this._config = config;
    this._actions = actions;
    this._rows = new WeakMap();
    this._days = new Map();
    this._content = el('div', { class: 'rows' });
    this._log = el('div', {
      class: 'list', role: 'log', 'aria-live': 'polite', 'aria-label': strings.messages, tabindex: '0',
    }, this._content);
    this._divider = el('div', { class: 'divider new' }, el('span', {}, strings.newMessages));
    this._note = el('div', { class: 'foot' }, strings.keptWhileOpen);
    this._makeTyping();
    this._makeJump();
    this.element = el('div', { class: 'stage' }, this._log, this._jump);
    this._scroll = new Scroll(this._log, this._content, actions.onScrolled);
    applyStyles(this._log, { backgroundColor: config.styles.chatBackgroundColor || '' });
  }

  /** @returns {boolean} whether the newest message is in view */
  get isAtEnd() {
    return this._scroll.isAtEnd;
  }

  /** Keeps in view what was. */
  settle() {
    this._scroll.settle();
  }

  /** Shows the newest message. */
  scrollToEnd() {
    this._scroll.toEnd();
  }

  /**
   * @param {import('../session.js').Session} session
   * @param {number|null} newAfter the event id that the new messages come after; null when none are marked
   */
  render({ timeline, typing, isVolatile, unread }, newAfter) {
    const { items } = timeline;
    const hasNewOwn = items.some((item) => isWaiting(item) && !this._rows.has(item));
    this._arrange(this._sequence(items, timeline.seenUpTo, newAfter, [
      ...(typing ? [this._renderTyping(typing)] : []), ...(isVolatile ? [this._note] : []),
    ]));
    if (hasNewOwn) this._scroll.toEnd();
    else this._scroll.settle();
    this._renderJump(unread);
  }

  /** @returns {HTMLElement[]} everything that the list shows, in order */
  _sequence(items, seenUpTo, newAfter, last) {
    const marks = this._marks(items, seenUpTo);
    const nextOut = items.find(isWaiting);
    const firstNew = newAfter !== null && items.find((item) => item.kind !== 'own' && item.eventId > newAfter);
    const elements = [];
    items.forEach((item, index) => {
      const before = items[index - 1];
      if (!before || dayKey(before.time) !== dayKey(item.time)) elements.push(this._day(item.time));
      if (item === firstNew) elements.push(this._divider);
      elements.push(this._row(item, {
        isGroupEnd: this._endsGroup(item, items[index + 1]),
        startsBot: item.kind === 'bot' && (!before || this._endsGroup(before, item)),
        isNewest: index === items.length - 1,
        isNextOut: item === nextOut,
        mark: marks.get(item) || '',
      }));
    });
    return [...elements, ...last];
  }

  /** Only what is known is claimed: the service took it, or the business has seen it. */
  _marks(items, seenUpTo) {
    const sent = items.filter((item) => item.kind === 'own' && item.state === 'sent');
    const seen = sent.filter((item) => item.eventId <= seenUpTo);
    return new Map([[sent[sent.length - 1], strings.sent], [seen[seen.length - 1], strings.seen]]);
  }

  _arrange(elements) {
    const wanted = new Set(elements);
    [...this._content.children].forEach((child) => wanted.has(child) || child.remove());
    elements.forEach((element, index) => {
      const { children } = this._content;
      if (children[index] !== element) this._content.insertBefore(element, children[index] || null);
    });
  }

  _row(item, place) {
    let row = this._rows.get(item);
    if (!row) this._rows.set(item, (row = new Row(this._config, this._actions)));
    row.render(item, place);
    return row.element;
  }

  _day(time) {
    const key = dayKey(time);
    const name = dayName(time);
    if (!this._days.has(key)) this._days.set(key, el('div', { class: 'divider' }, el('span', {})));
    const day = this._days.get(key);
    // Today becomes yesterday while the page is open.
    if (day.textContent !== name) day.firstChild.textContent = name;
    return day;
  }

  _endsGroup(item, next) {
    return !next || next.kind !== item.kind || next.state !== item.state || next.time - item.time > GROUP_MS;
  }

  _makeTyping() {
    this._typingText = el('span', { class: 'hidden-text' });
    const dots = el('span', { class: 'dots', 'aria-hidden': 'true' }, el('i'), el('i'), el('i'));
    this._typingBubble = el('div', { class: 'bubble' }, this._typingText, dots);
    this._typing = el('div', {}, this._typingBubble);
  }

  _renderTyping(kind) {
    const text = { agent: strings.agentTyping, bot: strings.botTyping }[kind] || strings.typing;
    if (this._typingText.textContent !== text) this._typingText.textContent = text;
    const looks = `row ${kind} typing`;
    if (this._typing.className !== looks) dress(this._typingBubble, kind, this._config.styles);
    this._typing.className = looks;
    return this._typing;
  }

  _makeJump() {
    this._jumpCount = el('span', { class: 'badge', 'aria-hidden': 'true' });
    this._jump = button('jump', () => {
      // The button goes away with the press; the keyboard stays with the messages.
      this._log.focus({ preventScroll: true });
      this.scrollToEnd();
    }, icon('down'), this._jumpCount);
  }

  _renderJump(unread) {
    this._jump.hidden = this.isAtEnd;
    this._jumpCount.hidden = !unread;
    this._jumpCount.textContent = unread > 99 ? '99+' : String(unread);
    const count = unread ? `, ${counted(strings.unread, unread)}` : '';
    this._jump.setAttribute('aria-label', strings.jumpToNewest + count);
  }
}
