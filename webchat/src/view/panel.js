import { strings } from '../strings.js';
import { Composer } from './composer.js';
import { applyStyles, button, el } from './dom.js';
import { icon } from './icons.js';
import { MessageList } from './list.js';
import { pictureOrIcon } from './picture.js';

/**
 * @param {import('../config.js').Config} config
 * @param {function(): void} onClose
 * @returns {HTMLElement}
 */
function makeHeader(config, onClose) {
  const { title, iconUrl, style } = config.styles.header || {};
  const name = el('div', { class: 'title' }, title || strings.title);
  const header = el('div', { class: 'header' }, pictureOrIcon(iconUrl, 'chat'), name);
  if (!config.hideCloseIcon) {
    const close = button('close', onClose, icon('close'));
    close.setAttribute('aria-label', strings.closeChat);
    header.append(close);
  }
  applyStyles(header, style);
  return header;
}

/** The chat's window. */
export class Panel {
  /**
   * @param {import('../config.js').Config} config
   * @param {Object} actions what the visitor can do, see App
   */
  constructor(config, actions) {
    this._status = el('div', { class: 'status', role: 'status' });
    this._notice = el('div', { class: 'notice', role: 'alert' });
    this._list = new MessageList(config, actions);
    this.composer = new Composer(config, actions);
    const powered = el('div', { class: 'powered' }, icon('logo'), strings.poweredBy);
    const label = (config.styles.header || {}).title || strings.title;
    this.element = el(
      'div', { class: config.fullWindow ? 'panel full' : 'panel', role: 'dialog', 'aria-label': label },
      makeHeader(config, actions.onClose), this._status, this._notice,
      this._list.element, powered, this.composer.element,
    );
    // The window goes where the host page puts the launcher: in front of, or behind, what it has itself.
    const { zIndex, 'z-index': hyphenated } = (config.styles.mount || {}).style || {};
    applyStyles(this.element, { zIndex: zIndex || hyphenated || '' });
  }

  /** @param {boolean} isOpen */
  setOpen(isOpen) {
    this.element.classList.toggle('open', isOpen);
    if (isOpen) this._list.scrollToEnd();
  }

  /** @param {import('../session.js').Session} session */
  render(session) {
    this._write(this._status, session.status);
    this._write(this._notice, session.blocked);
    this.composer.disable(Boolean(session.blocked));
    this._list.render(session.timeline.items);
  }

  /** Unchanged text is left alone, or it would be announced again. */
  _write(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }
}
