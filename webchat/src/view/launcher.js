import { strings } from '../strings.js';
import { applyStyles, button, el } from './dom.js';
import { pictureOrIcon } from './picture.js';

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
    this.render(0, false);
  }

  /** @param {boolean} isWaiting after a press, until the rest of the widget is there */
  wait(isWaiting) {
    this.element.setAttribute('aria-busy', String(isWaiting));
  }

  /** @param {boolean} hasFailed the rest of the widget could not be loaded; the next press tries again */
  fail(hasFailed) {
    this._badge.textContent = hasFailed ? '!' : '';
    this._badge.hidden = !hasFailed;
    this.element.title = hasFailed ? strings.notLoaded : '';
    this.announcer.textContent = this.element.title;
  }

  /**
   * @param {number} unread
   * @param {boolean} isOpen
   */
  render(unread, isOpen) {
    const count = unread ? strings.unread(unread) : '';
    this._badge.textContent = unread > 99 ? '99+' : String(unread);
    this._badge.hidden = !unread;
    this.element.hidden = isOpen;
    this.element.setAttribute('aria-label', count ? `${strings.openChat}, ${count}` : strings.openChat);
    this.element.setAttribute('aria-expanded', String(isOpen));
    if (this.announcer.textContent !== count) this.announcer.textContent = count;
  }
}
