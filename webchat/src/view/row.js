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
    this._sender = el('span', { class: 'hidden-text' });
    this.element = el('div', {}, this._sender, this._bubble, this._meta);
    this._shown = '';
  }

  /**
   * @param {import('../timeline.js').Item} item
   * @param {{isGroupEnd: boolean, isLastSent: boolean, isNextOut: boolean, isNewest: boolean}} place
   */
  render(item, place) {
    const state = [item.revision, place.isGroupEnd, place.isLastSent, place.isNextOut, place.isNewest].join();
    if (state === this._shown) return;
    this._shown = state;
    this.element.className = `row ${item.kind} ${item.state}${place.isGroupEnd ? ' end' : ''}`;
    if (this._message !== item.message) this._fill(item, place);
    else if (!place.isNewest) this._shownMessage.retire();
    this._bubble.title = fullTime(item.time);
    this._meta.replaceChildren(...this._describe(item, place));
  }

  _fill({ kind, message }, { isNewest }) {
    this._message = message;
    const { _config: config, _actions: { onPress } } = this;
    this._shownMessage = renderMessage(message, { config, kind, isNewest, onPress });
    const { inside, below } = this._shownMessage;
    this._sender.textContent = `${SENDER[kind] || strings.agent}: `;
    this._bubble.hidden = !inside.length;
    this._bubble.replaceChildren(...inside);
    this.element.replaceChildren(this._bubble, ...below, this._meta);
    (inside.length ? this._bubble : this.element).prepend(this._sender);
    applyStyles(this._bubble, config.styles[STYLE_OF[kind] || 'agentTextMessage']);
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
