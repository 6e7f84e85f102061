import { locale, strings } from '../strings.js';
import { applyStyles, button, el } from './dom.js';
import { EmojiPicker } from './emoji.js';
import { icon } from './icons.js';
import { isComposing } from './keys.js';

const MAX_HEIGHT = '120px';
// Half of an emoji that was cut in two, and NUL: nobody typed them, and the service takes no message that has one.
const NO_TEXT = /[\p{Cs}\0]/gu;

/** Where the visitor writes. */
export class Composer {
  /**
   * @param {import('../config.js').Config} config
   * @param {Object} actions
   * @param {function(string): void} actions.onSend
   * @param {function(string): void} actions.onDraft
   */
  constructor(config, { onSend, onDraft }) {
    const { maxInputHeight, placeholderText, style } = config.styles.footer || {};
    const placeholder = placeholderText || strings.placeholder;
    this._input = el('textarea', { class: 'input', rows: '1', placeholder, 'aria-label': placeholder });
    this._input.setAttribute('enterkeyhint', 'send');
    applyStyles(this._input, { maxHeight: maxInputHeight || MAX_HEIGHT });
    this._button = button('send', () => this._submit(onSend, onDraft), icon('send'));
    this._button.setAttribute('aria-label', strings.sendMessage);
    this._emoji = new EmojiPicker((character) => this.insert(character));
    this.element = el('div', { class: 'footer' }, this._emoji.element, this._input, this._emoji.button, this._button);
    applyStyles(this.element, style);
    this._listen(onSend, onDraft);
    this._fit();
  }

  /** Puts the keyboard into the field. */
  focus() {
    this._input.focus({ preventScroll: true });
  }

  /** @param {string} text what was left unsent; what is being written goes first */
  restore(text) {
    if (!this._input.value) this._input.value = text;
    this._fit();
  }

  /** @param {string} text what another tab has by now in its field, or another visitor began to write */
  follow(text) {
    if (this._input.value === text) return;
    this._input.value = text;
    this._fit();
  }

  /**
   * Writes at the place of the cursor, as if the visitor had typed it.
   * @param {string} text
   */
  insert(text) {
    const { selectionStart, selectionEnd } = this._input;
    this.focus();
    if (this._input.readOnly) return;
    this._input.setRangeText(text, selectionStart, selectionEnd, 'end');
    this._input.dispatchEvent(new Event('input'));
  }

  /**
   * Puts a text that is written anew before what is there, with the cursor at its end.
   * @param {string} text
   */
  prepend(text) {
    this._input.setSelectionRange(0, 0);
    this.insert(this._input.value ? `${text}\n` : text);
  }

  /** @param {boolean} isDisabled */
  disable(isDisabled) {
    // Not disabled: that would take the keyboard away, and Esc with it.
    this._input.readOnly = isDisabled;
    this._button.disabled = isDisabled;
    this._emoji.disable(isDisabled);
  }

  _listen(onSend, onDraft) {
    this._input.addEventListener('input', () => {
      this._fit();
      onDraft(this._input.value);
    });
    this._input.addEventListener('keydown', (event) => {
      // While an input method composes, Enter chooses a word.
      if (event.key !== 'Enter' || event.shiftKey || isComposing(event)) return;
      event.preventDefault();
      this._submit(onSend, onDraft);
    });
  }

  _submit(onSend, onDraft) {
    const text = this._input.value.replace(NO_TEXT, '').trim();
    this.focus();
    if (!text || this._input.readOnly) return;
    this._input.value = '';
    this._fit();
    onDraft('');
    onSend(text);
  }

  /** The field is as high as its text, up to its maximum. */
  _fit() {
    const { style, value } = this._input;
    // Of an empty field the browser cannot tell the direction.
    this._input.dir = value ? 'auto' : locale.direction;
    style.setProperty('height', 'auto');
    if (value) style.setProperty('height', `${this._input.scrollHeight}px`);
    else style.removeProperty('height');
  }
}
