import { renderMessage } from '../messages/registry.js';
import { strings } from '../strings.js';
import { applyStyles, button, el } from './dom.js';
import { fullTime, shortTime } from './time.js';

const STYLE_OF = { own: 'userTextMessage', bot: 'botTextMessage' };
const SENDER = { own: strings.you, bot: strings.bot };

/** One message of the list: its bubble, and the line below it that tells when and whether it was sent. */
export class Row {
  /**
   * @param {import('../config.js').Config} config
   * @param {{onRetry: function(string): void, onRetryNow: function(): void}} actions
   */
  constructor(config, actions) {
    this._config = config;
    this._actions = actions;
    this._bubble = el('div', { class: 'bubble' });
    this._meta = el('div', { class: 'meta' });
    this.element = el('div', {}, this._bubble, this._meta);
    this._shown = '';
  }

  /**
   * @param {import('../timeline.js').Item} item
   * @param {{isGroupEnd: boolean, isLastSent: boolean, isNextOut: boolean}} place
   */
  render(item, place) {
    const state = [item.revision, place.isGroupEnd, place.isLastSent, place.isNextOut].join();
    if (state === this._shown) return;
    this._shown = state;
    this.element.className = `row ${item.kind} ${item.state}${place.isGroupEnd ? ' end' : ''}`;
    if (this._message !== item.message) this._fillBubble(item);
    this._bubble.title = fullTime(item.time);
    this._meta.replaceChildren(...this._describe(item, place));
  }

  _fillBubble({ kind, message }) {
    this._message = message;
    const sender = el('span', { class: 'hidden-text' }, `${SENDER[kind] || strings.agent}: `);
    this._bubble.replaceChildren(sender, ...renderMessage(message));
    applyStyles(this._bubble, this._config.styles[STYLE_OF[kind] || 'agentTextMessage']);
  }

  _describe(item, place) {
    if (item.state === 'failed') return this._describeFailure(item);
    if (item.state === 'delayed') return this._describeDelay(place);
    if (item.state === 'sending') return [strings.sending];
    const time = el('time', { datetime: new Date(item.time).toISOString() }, shortTime(item.time));
    if (place.isLastSent) return [time, ` · ${strings.sent}`];
    return place.isGroupEnd ? [time] : [];
  }

  _describeFailure({ id, error }) {
    const retry = button('retry', () => this._actions.onRetry(id), strings.retry);
    return [el('span', { class: 'problem' }, `${strings.failed} ${error}`), ' ', retry];
  }

  /** Messages go in order, so one button, at the first of those that wait, is enough. */
  _describeDelay({ isNextOut }) {
    const retry = button('retry', () => this._actions.onRetryNow(), strings.retryNow);
    return isNextOut ? [strings.delayed, ' ', retry] : [strings.delayed];
  }
}
