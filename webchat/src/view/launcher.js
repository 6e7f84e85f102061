import { counted, strings } from '../strings.js';
import { applyStyles, button, el } from './dom.js';
import { pictureOrIcon } from './picture.js';

/**
 * A host page that gives one side means that side, whichever is the usual one of the language.
 * @param {HTMLElement} element
 * @param {Object<string, *>} [style]
 */
function keepSide(element, style = {}) {
  if (style.right && !style.left) applyStyles(element, { left: 'auto' });
  if (style.left && !style.right) applyStyles(element, { right: 'auto' });
}

/** The round button that opens the chat, with the number of unread messages. */
export class Launcher {
  /**
   * @param {import('../config.js').Config} config
   * @param {function(): void} onClick
   */
  constructor(config, onClick) {
    const { iconUrl, style } = config.styles.mount || {};
    this._badge = el('span', { class: 'badge', 'aria-hidden': 'true' });
    this.element = button('launcher', onClick, pictureOrIcon(iconUrl, 'chat'), this._badge);
    this.element.setAttribute('aria-haspopup', 'dialog');
    // Says it once when a message arrives; a button's changed name is not announced by itself.
    this.announcer = el('div', { class: 'hidden-text', role: 'status' });
    applyStyles(this.element, style);
    keepSide(this.element, style);
    this.render(0, false);
  }

  /**
   * @param {number} unread
   * @param {boolean} isOpen
   */
  render(unread, isOpen) {
    const count = unread ? counted(strings.unread, unread) : '';
    this._badge.textContent = unread > 99 ? '99+' : String(unread);
    this._badge.hidden = !unread;
    this.element.hidden = isOpen;
    this.element.setAttribute('aria-label', count ? `${strings.openChat}, ${count}` : strings.openChat);
    this.element.setAttribute('aria-expanded', String(isOpen));
    if (this.announcer.textContent !== count) this.announcer.textContent = count;
  }
}
