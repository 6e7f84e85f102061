import { renderMessage } from '../messages/registry.js';
import { messageRefusal } from '../refusal.js';
import { strings } from '../strings.js';
import { applyStyles, button, el } from './dom.js';
import { icon } from './icons.js';
import { fullTime, shortTime } from './time.js';

const STYLE_OF = { own: 'userTextMessage', bot: 'botTextMessage' };

/**
 * The host's own style of a bubble.
 * @param {HTMLElement} bubble
 * @param {string} kind of an item
 * @param {Object} styles
 */
export function dress(bubble, kind, styles) {
  applyStyles(bubble, styles[STYLE_OF[kind] || 'agentTextMessage']);
}

/**
 * @param {string} kind of an item
 * @returns {string}
 */
function nameOf(kind) {
  if (kind === 'own') return strings.you;
  return kind === 'bot' ? strings.bot : strings.agent;
}

/** One message of the list: its bubble, what stands below it, and the line that tells when and whether it was sent. */
export class Row {
  /**
   * @param {import('../config.js').Config} config
   * @param {Object} actions what the visitor can do, see App
   */
  constructor(config, actions) {
    this._config = config;
    this._actions = actions;
    this._bubble = el('div', { class: 'bubble' });
    this._below = el('div', { class: 'rest' });
    this._meta = el('div', { class: 'meta' });
    this._sender = el('div', { class: 'sender', 'aria-hidden': 'true', hidden: '' }, icon('bot'), strings.bot);
    this.element = el('div', {}, this._sender, this._bubble, this._below, this._meta);
    this._shown = '';
  }

  /**
   * @param {import('../timeline.js').Item} item
   * @param {Object} place
   * @param {boolean} place.isGroupEnd
   * @param {boolean} place.startsBot a bot speaks, and did not just before
   * @param {boolean} place.isNewest  nothing was said after it
   * @param {boolean} place.isNextOut of what waits, it goes next
   * @param {string} place.mark       such as Seen; empty when another message tells it
   */
  render(item, place) {
    const state = [item.revision, ...Object.values(place)].join();
    if (state === this._shown) return;
    this._shown = state;
    this.element.className = `row ${item.kind} ${item.state}${place.isGroupEnd ? ' end' : ''}`;
    if (this._message !== item.message) this._fill(item, place.isNewest);
    // Not shown again: a film would begin anew.
    else if (!place.isNewest) this._retire();
    this._sender.hidden = !place.startsBot;
    this._bubble.title = fullTime(item.time);
    this._meta.replaceChildren(...this._describe(item, place));
  }

  _fill(item, isNewest) {
    const { kind, message } = item;
    this._message = message;
    const { inside, below, retire } = item.transfer ? this._offerTransfer(item.transfer) : renderMessage(message, {
      config: this._config, kind, isNewest, onPress: (action) => this._actions.onPress(action),
    });
    this._retire = retire;
    const sender = el('span', { class: 'hidden-text' }, `${nameOf(kind)}: `);
    this._bubble.hidden = !inside.length;
    this._bubble.replaceChildren(...(inside.length ? [sender, ...inside] : []));
    this._below.replaceChildren(...(inside.length ? below : [sender, ...below]));
    this._below.hidden = !below.length;
    dress(this._bubble, kind, this._config.styles);
  }

  /** Opens in this window: the chat goes along. */
  _offerTransfer(transfer) {
    const link = el('a', { class: 'transfer', href: transfer.url, dir: 'auto' }, transfer.label || strings.transfer);
    link.addEventListener('click', () => this._actions.onLeave(transfer));
    return { inside: [], below: [link], retire() {} };
  }

  _describe(item, place) {
    if (item.state === 'failed') return this._describeFailure(item);
    if (item.state === 'delayed') return this._describeDelay(place);
    if (item.state === 'sending') return [strings.sending];
    const time = el('time', { datetime: new Date(item.time).toISOString() }, shortTime(item.time));
    if (place.mark) return [time, ` · ${place.mark}`];
    return place.isGroupEnd ? [time] : [];
  }

  _describeFailure({ id, reason }) {
    // What is too long would be refused again.
    const next = reason === 'tooLarge'
      ? button('retry', () => this._actions.onEdit(id), strings.edit)
      : button('retry', () => this._actions.onRetry(id), strings.retry);
    return [el('span', { class: 'problem' }, `${strings.failed} ${messageRefusal(reason)}`), ' ', next];
  }

  /** Messages go in order, so one button, at the first of those that wait, is enough. */
  _describeDelay({ isNextOut }) {
    const retry = button('retry', () => this._actions.onRetryNow(), strings.retryNow);
    return isNextOut ? [strings.delayed, ' ', retry] : [strings.delayed];
  }
}
