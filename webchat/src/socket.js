import { Pause, jitter } from './backoff.js';

const FIRST_RETRY_MS = 500;
const RETRY_CAP_MS = 15000;
const CONNECT_TIMEOUT_MS = 15000;
const SILENCE_MS = 40000;
// Two pings missed in part: worth a new connection when the visitor is looking.
const DOUBTFUL_MS = 20000;

/**
 * The events connection: opens, watches and reopens a WebSocket until it is stopped.
 * States: "stopped", "connecting", "open".
 */
export class EventSocket {
  /**
   * @param {Object} parts
   * @param {function(): Promise<{url: string, protocols: string[]}>} parts.prepare called before every attempt
   * @param {function(Object): void} parts.onActivity
   * @param {function(string): void} parts.onState
   * @param {function(number): void} parts.onClosed   given the close code, before the next attempt
   * @param {function(Error): void} parts.onFailed    prepare failed for good; the connection is stopped
   */
  constructor({ prepare, onActivity, onState, onClosed, onFailed }) {
    Object.assign(this, { _prepare: prepare, _onActivity: onActivity, _onState: onState });
    Object.assign(this, { _onClosed: onClosed, _onFailed: onFailed });
    this.state = 'stopped';
    this._pause = new Pause();
  }

  /** Connects, unless that is under way. */
  start() {
    if (this.state === 'stopped') this.restart();
  }

  /** Drops the connection and makes a new one at once. */
  restart() {
    this._discard();
    this._attempts = 0;
    this._connect();
  }

  /** Ends the connection. */
  stop() {
    this._discard();
    this._setState('stopped');
  }

  /** The visitor is looking: tries at once if it waits, or if the connection has been quiet too long. */
  wake() {
    const isDoubtful = this.state === 'open' && Date.now() - this._lastFrameAt > DOUBTFUL_MS;
    if (isDoubtful || this._isWaiting) this.restart();
  }

  async _connect() {
    const run = (this._run = {});
    this._setState('connecting');
    try {
      const { url, protocols } = await this._prepare();
      if (run === this._run) this._open(url, protocols);
    } catch (error) {
      if (run === this._run) this._preparationFailed(error);
    }
  }

  _preparationFailed(error) {
    if (error.isTransient) {
      this._retry(error.retryAfter);
    } else {
      this.stop();
      this._onFailed(error);
    }
  }

  _open(url, protocols) {
    const socket = (this._socket = new WebSocket(url, protocols));
    socket.onopen = () => {
      this._setState('open');
      this._expectFrameWithin(SILENCE_MS);
    };
    socket.onmessage = ({ data }) => this._receive(data);
    socket.onclose = ({ code }) => this._lost(code);
    this._expectFrameWithin(CONNECT_TIMEOUT_MS);
  }

  _receive(data) {
    this._expectFrameWithin(SILENCE_MS);
    let frame;
    try {
      frame = JSON.parse(data);
    } catch (error) {
      return;
    }
    if (!frame || frame.error) return;
    // Only a frame shows that the service took us in: it may accept a connection and close it at once.
    this._attempts = 0;
    if (frame.type !== 'ping') this._onActivity(frame);
  }

  _expectFrameWithin(milliseconds) {
    this._lastFrameAt = Date.now();
    clearTimeout(this._silence);
    this._silence = setTimeout(() => this._lost(0), milliseconds);
  }

  _lost(code) {
    this._discard();
    this._onClosed(code);
    this._retry(0);
  }

  async _retry(least) {
    const run = (this._run = {});
    this._setState('connecting');
    this._isWaiting = true;
    await this._pause.wait(Math.max(least, jitter(this._attempts, FIRST_RETRY_MS, RETRY_CAP_MS)));
    if (run !== this._run) return;
    this._isWaiting = false;
    this._attempts += 1;
    this._connect();
  }

  _discard() {
    this._run = null;
    this._isWaiting = false;
    this._pause.end();
    clearTimeout(this._silence);
    const socket = this._socket;
    if (!socket) return;
    this._socket = null;
    // A dead connection can take minutes to close: from here on it concerns nobody.
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  _setState(state) {
    if (this.state === state) return;
    this.state = state;
    this._onState(state);
  }
}
