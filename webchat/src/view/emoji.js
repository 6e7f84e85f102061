import { locale, strings } from '../strings.js';
import { button, el } from './dom.js';
import { icon } from './icons.js';

const COLUMNS = 8;
// The names are English; in other languages screen readers say a better one by themselves.
const EMOJI = `
😀 grinning|😄 smiling|😁 beaming|😂 tears of joy|🤣 rolling with laughter|😊 blushing|🙂 slight smile|😉 winking
😍 heart eyes|😘 blowing a kiss|😎 cool|🤩 star-struck|🥳 celebrating|😇 angel|🤗 hugging|🤔 thinking
😅 relieved sweat|😬 grimacing|😐 neutral|🙄 rolling eyes|😏 smirking|😴 sleeping|😕 confused|😟 worried
😢 crying|😭 sobbing|😡 angry|😱 screaming|😳 flushed|🤯 mind blown|🤒 ill|🥺 pleading
👍 thumbs up|👎 thumbs down|👌 OK|✌️ victory|🤞 fingers crossed|👏 clapping|🙌 raised hands|🙏 please or thanks
👋 waving|💪 strong|🤝 handshake|👀 eyes|❤️ red heart|💔 broken heart|💙 blue heart|💚 green heart
🔥 fire|✨ sparkles|⭐ star|🎉 party|🎁 present|🌹 rose|☀️ sun|🌈 rainbow
☕ coffee|🍰 cake|🍕 pizza|📦 parcel|🚚 delivery van|✅ done|❌ cross|❓ question mark
`.trim().split(/[|\n]/).map((entry) => entry.split(/ (.*)/));

const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -COLUMNS, ArrowDown: COLUMNS };

/** A button that opens a small choice of emoji. */
export class EmojiPicker {
  /** @param {function(string): void} onChoose */
  constructor(onChoose) {
    this._onChoose = onChoose;
    this.button = button('tool', () => this._toggle(), icon('smile'));
    this.button.setAttribute('aria-label', strings.insertEmoji);
    this.button.setAttribute('aria-haspopup', 'dialog');
    this.element = el('div', { class: 'emoji', role: 'dialog', 'aria-label': strings.emoji });
    this.element.addEventListener('keydown', (event) => this._press(event));
    this.element.addEventListener('focusout', ({ relatedTarget }) => this._leave(relatedTarget));
    this._setOpen(false);
  }

  /** @param {boolean} isDisabled */
  disable(isDisabled) {
    this.button.disabled = isDisabled;
    if (isDisabled) this._setOpen(false);
  }

  _toggle() {
    this._setOpen(this.element.hidden);
    if (this.element.hidden) return;
    if (!this.element.firstChild) this.element.append(...EMOJI.map((entry, index) => this._choice(entry, index)));
    this._focus(this._current || 0);
  }

  _choice([character, name], index) {
    const choice = button('choice', () => this._choose(character), character);
    if (locale.tag.startsWith('en')) {
      choice.title = name;
      choice.setAttribute('aria-label', name);
    }
    choice.tabIndex = index ? -1 : 0;
    return choice;
  }

  _choose(character) {
    this._setOpen(false);
    this._onChoose(character);
  }

  _press(event) {
    const { children } = this.element;
    // The window itself closes on Esc, too; here only the choice does.
    if (event.key === 'Escape') {
      event.stopPropagation();
      this._setOpen(false);
      this.button.focus();
      return;
    }
    const places = { Home: 0, End: children.length - 1 };
    const sign = locale.direction === 'rtl' && event.key !== 'ArrowUp' && event.key !== 'ArrowDown' ? -1 : 1;
    const index = places[event.key] ?? this._current + sign * STEPS[event.key];
    if (!children[index]) return;
    event.preventDefault();
    this._focus(index);
  }

  _leave(target) {
    const isNear = target && (this.element.contains(target) || target === this.button);
    if (!isNear) this._setOpen(false);
  }

  _focus(index) {
    const { children } = this.element;
    if (children[this._current]) children[this._current].tabIndex = -1;
    this._current = index;
    children[index].tabIndex = 0;
    children[index].focus();
  }

  _setOpen(isOpen) {
    this.element.hidden = !isOpen;
    this.button.setAttribute('aria-expanded', String(isOpen));
  }
}
