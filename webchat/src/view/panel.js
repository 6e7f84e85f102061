import { locale, strings } from '../strings.js';
import { Attach } from './attach.js';
import { Composer } from './composer.js';
import { applyStyles, button, el } from './dom.js';
import { icon } from './icons.js';
import { MessageList } from './list.js';
import { pictureOr } from './picture.js';
import { chatIcon } from './symbol.js';

/** The button that turns the sound for new messages on and off. */
class SoundButton {
  /** @param {import('../attention.js').Chime} chime */
  constructor(chime) {
    this._chime = chime;
    this.element = button('close', () => this._toggle());
    this.element.setAttribute('aria-label', strings.sound);
    this.element.title = strings.sound;
    this._render();
  }

  _toggle() {
    this._chime.isOn = !this._chime.isOn;
    this._render();
  }

  _render() {
    const { isOn } = this._chime;
    this.element.setAttribute('aria-pressed', String(isOn));
    this.element.replaceChildren(icon(isOn ? 'bell' : 'silent'));
  }
}

/** The chat's window. */
export class Panel {
  /**
   * @param {import('../config.js').Config} config
   * @param {Object} actions what the visitor can do, see App
   * @param {import('../attention.js').Chime} [chime]
   */
  constructor(config, actions, chime) {
    this._status = el('div', { class: 'status', role: 'status' });
    this._notice = el('div', { class: 'notice', role: 'alert' });
    this._list = new MessageList(config, actions);
    this._attach = new Attach({ onFiles: actions.onFiles, onCancel: actions.onCancelFile, onRetry: actions.onRetryFile });
    this.composer = new Composer(config, actions);
    const powered = el('div', { class: 'powered' }, icon('logo'), strings.poweredBy);
    const label = (config.styles.header || {}).title || strings.title;
    this.element = el(
      'div', { class: config.fullWindow ? 'panel full' : 'panel', role: 'dialog', 'aria-label': label },
      this._makeHeader(config, actions.onClose, chime), this._status, this._notice,
      this._list.element, this._attach.list, this._attach.announcer,
      ...(config.hidePoweredBy ? [] : [powered]), this.composer.element,
    );
    if (config.filesSize) this._takeFiles();
    this.element.dir = locale.direction;
    this.element.lang = locale.tag;
    // The window goes where the host page puts the launcher: in front of, or behind, what it has itself.
    const { zIndex, 'z-index': hyphenated } = (config.styles.mount || {}).style || {};
    applyStyles(this.element, { zIndex: zIndex || hyphenated || '' });
  }

  /** @returns {boolean} whether the newest message is in view, given that the window is open */
  get isAtEnd() {
    return this._list.isAtEnd;
  }

  /** @param {boolean} isOpen */
  setOpen(isOpen) {
    this.element.classList.toggle('open', isOpen);
    if (isOpen) this._list.scrollToEnd();
  }

  /**
   * @param {import('../session.js').Session} session
   * @param {number|null} newAfter the event id that the new messages come after; null when none are marked
   */
  render(session, newAfter) {
    this._write(this._status, session.status);
    this._write(this._notice, session.blocked);
    this.composer.disable(Boolean(session.blocked));
    this._renderAttach(session);
    this._list.render(session, newAfter);
  }

  /**
   * @param {import('../uploads.js').Upload} upload the one whose state has changed
   * @param {import('../uploads.js').Upload[]} uploads all that are shown
   */
  renderUpload(upload, uploads) {
    this._attach.announce(upload);
    this._attach.render(uploads);
  }

  /** Moves the list to its end. */
  showNewest() {
    this._list.scrollToEnd();
  }

  /** Puts the list right after the window was moved to another place of the page. */
  settle() {
    this._list.settle();
  }

  _takeFiles() {
    this.composer.element.prepend(this._attach.element);
    this._attach.listen(this.element);
  }

  _renderAttach({ blocked, timeline, uploads }) {
    this._attach.disable(Boolean(blocked));
    this._attach.render(uploads);
    if (timeline === this._timeline) return;
    this._timeline = timeline;
    this._attach.forget();
  }

  _makeHeader(config, onClose, chime) {
    const { title, iconUrl, style } = config.styles.header || {};
    const name = el('div', { class: 'title' }, title || strings.title);
    const header = el('div', { class: 'header' }, pictureOr(iconUrl, chatIcon), name);
    if (chime && chime.isAvailable) header.append(new SoundButton(chime).element);
    if (!config.hideCloseIcon) {
      const close = button('close', onClose, icon('close'));
      close.setAttribute('aria-label', strings.closeChat);
      header.append(close);
    }
    applyStyles(header, style);
    return header;
  }

  /** Unchanged text is left alone, or it would be announced again. */
  _write(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }
}
