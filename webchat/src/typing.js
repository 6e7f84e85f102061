const LASTS_MS = 20000;
const REPEAT_MS = 8000;
const IDLE_MS = 10000;

/** Whether the business is typing, as far as that is still true. */
export class BusinessTyping {
  /**
   * @param {function(): void} onChange
   * @param {import('./clock.js').ServiceClock} clock
   */
  constructor(onChange, clock) {
    Object.assign(this, { _onChange: onChange, _clock: clock });
    this._spokenAt = 0;
    /** @type {''|'agent'|'bot'|'other'} */
    this.who = '';
  }

  /**
   * @param {Object} activity of the service
   * @param {'own'|'agent'|'bot'|'other'} kind of its sender
   */
  receive(activity, kind) {
    if (kind === 'own') return;
    const { eventId, message, event } = activity;
    const type = (event || {}).type;
    if (message) this._spokenAt = Math.max(this._spokenAt, eventId);
    if (message || type === 'typing_off') this._end();
    if (type !== 'typing_on' || eventId < this._spokenAt) return;
    const left = LASTS_MS - Math.max(0, this._clock.now - eventId);
    if (left > 0) this._begin(kind, left);
  }

  /** Forgets who is typing. */
  stop() {
    clearTimeout(this._timer);
    this.who = '';
  }

  _begin(kind, milliseconds) {
    clearTimeout(this._timer);
    this._timer = setTimeout(() => this._end(), milliseconds);
    this.who = kind;
    this._onChange();
  }

  _end() {
    if (!this.who) return;
    this.stop();
    this._onChange();
  }
}

/** Tells the business that the visitor is typing, without a word too many. */
export class OwnTyping {
  /** @param {function('typing_on'|'typing_off'): void} tell */
  constructor(tell) {
    this._tell = tell;
    this._toldAt = -Infinity;
    this._isOn = false;
  }

  /** @param {string} text what is in the field after a change by the visitor */
  changed(text) {
    if (!text.trim()) {
      this.stop();
      return;
    }
    clearTimeout(this._idle);
    this._idle = setTimeout(() => this.stop(), IDLE_MS);
    if (Date.now() - this._toldAt < REPEAT_MS) return;
    this._toldAt = Date.now();
    this._isOn = true;
    this._tell('typing_on');
  }

  /** The visitor stopped: sent it, took it back, or thinks. */
  stop() {
    clearTimeout(this._idle);
    if (!this._isOn) return;
    this._isOn = false;
    this._tell('typing_off');
  }
}
