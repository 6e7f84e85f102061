import { chooseLanguage, wishesOf } from '../language.js';
import { button as words } from '../strings/button.js';
import { applyStyles, button, el } from './dom.js';
import { pictureOr } from './picture.js';
import { chatIcon } from './symbol.js';

/**
 * A host page that gives one side means that side, whichever is the usual one of the language.
 * @param {HTMLElement} element
 * @param {Object<string, *>} [style]
 */
function keepSide(element, style = {}) {
  if (style.right && !style.left) applyStyles(element, { left: 'auto' });
  if (style.left && !style.right) applyStyles(element, { right: 'auto' });
}

/** The round button that opens the chat, with the number of unread messages. It is there before the rest is loaded. */
export class Launcher {
  /**
   * @param {import('../config.js').Config} config
   * @param {function(): void} onClick
   */
  constructor(config, onClick) {
    const { iconUrl, style } = config.styles.mount || {};
    const { name, direction } = chooseLanguage(wishesOf(config));
    [this._openChat, this._notLoaded] = words[name];
    this._badge = el('span', { class: 'badge', 'aria-hidden': 'true' });
    this.element = button('launcher', onClick, pictureOr(iconUrl, chatIcon), this._badge);
    this.element.dir = direction;
    this.element.setAttribute('aria-haspopup', 'dialog');
    // Says it once when a message arrives; a button's changed name is not announced by itself.
    this.announcer = el('div', { class: 'hidden-text', role: 'status' });
    applyStyles(this.element, style);
    keepSide(this.element, style);
    this.render(0, false, '');
  }

  /** @param {boolean} isWaiting after a press, until the rest of the widget is there */
  wait(isWaiting) {
    this.element.setAttribute('aria-busy', isWaiting);
  }

  /** @param {boolean} hasFailed the rest of the widget could not be loaded; the next press tries again */
  fail(hasFailed) {
    this._badge.textContent = hasFailed ? '!' : '';
    this._badge.hidden = !hasFailed;
    this.element.title = hasFailed ? this._notLoaded : '';
    this.announcer.textContent = this.element.title;
  }

  /**
   * @param {number} unread
   * @param {boolean} isOpen
   * @param {string} count the same number in words, empty for none
   */
  render(unread, isOpen, count) {
    this._badge.textContent = unread > 99 ? '99+' : unread;
    this._badge.hidden = !unread;
    this.element.hidden = isOpen;
    this.element.setAttribute('aria-label', count ? `${this._openChat}, ${count}` : this._openChat);
    this.element.setAttribute('aria-expanded', isOpen);
    if (this.announcer.textContent !== count) this.announcer.textContent = count;
  }
}
