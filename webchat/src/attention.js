import { Store, prefixOf } from './store.js';

const MARK = /^\(\d+\+?\) /;
const NOTES_HZ = [660, 880];
const NOTE_SECONDS = 0.12;
const LOUDNESS = 0.08;
const MUTED = 'muted';

/** Counts unread messages in the page's title while the visitor is elsewhere. */
export class TitleNotice {
  /** @param {number} unread 0 gives the page its title back */
  render(unread) {
    const bare = document.title.replace(MARK, '');
    // A page that counts in its title itself is left alone.
    if (!this._shown && bare !== document.title) return;
    const wanted = unread && document.hidden ? `(${unread > 99 ? '99+' : unread}) ${bare}` : bare;
    this._shown = wanted !== bare;
    if (document.title !== wanted) document.title = wanted;
  }
}

/** A short sound for a new message. Browsers allow it only after the visitor has touched the page. */
export class Chime {
  /**
   * @param {boolean} isWanted by the host page
   * @param {Store} [store] of what holds for the whole site
   */
  constructor(isWanted, store = new Store(prefixOf())) {
    this.isAvailable = isWanted && typeof AudioContext === 'function';
    this._store = store;
  }

  /** @returns {boolean} whether the visitor wants to hear it */
  get isOn() {
    return this.isAvailable && !this._store.get(MUTED);
  }

  set isOn(value) {
    if (value) this._store.remove(MUTED);
    else this._store.set(MUTED, true);
  }

  /** Plays it, if that is allowed and wanted. */
  play() {
    const { userActivation } = navigator;
    if (!this.isOn || !userActivation || !userActivation.hasBeenActive) return;
    this._context = this._context || new AudioContext();
    const { _context: context } = this;
    if (context.state === 'suspended') context.resume().catch(() => {});
    NOTES_HZ.forEach((frequency, index) => this._note(frequency, context.currentTime + index * NOTE_SECONDS));
  }

  _note(frequency, start) {
    const { _context: context } = this;
    const tone = context.createOscillator();
    const gain = context.createGain();
    tone.frequency.value = frequency;
    gain.gain.setValueAtTime(LOUDNESS, start);
    gain.gain.exponentialRampToValueAtTime(0.001, start + NOTE_SECONDS * 2);
    tone.connect(gain).connect(context.destination);
    tone.start(start);
    tone.stop(start + NOTE_SECONDS * 2);
  }
}
