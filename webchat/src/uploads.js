import { ApiError } from './api.js';
import { jitter, parseRetryAfter } from './backoff.js';
import { uuid } from './ids.js';
import { fileRefusal, reasonOf } from './refusal.js';
import { filled, strings } from './strings.js';

const MEGABYTE = 1024 * 1024;
const MOST_BYTES = 10 * MEGABYTE;
const TRIES = 4;
const FIRST_RETRY_MS = 1000;
const RETRY_CAP_MS = 8000;
const STALLED_MS = 60000;
const ENDINGS = 'png,jpg,jpeg,gif,webp,mp4,m4v,3gp,3g2,f4v,mov,webm,mp3,m4a,m4b,ogg,oga,opus,wav,weba,pdf,txt,log,md,csv,'
  + 'rtf,zip,doc,dot,docx,dotx,xls,xlt,xlsx,xltx,ppt,pps,pptx,ppsx,odt,ott,ods,ots,odp,otp';
const TYPES = /^(image\/(png|jpeg|gif|webp)|video\/(mp4|webm|quicktime)|audio\/|application\/(pdf|zip)|text\/(plain|csv)$)/;
const ENDING = /\.([a-z0-9]+)$/i;

/** What a file field accepts. Phones that keep pictures in a format of their own convert them when they see this. */
export const ACCEPT = ENDINGS.split(',').map((ending) => `.${ending}`).join();

/**
 * @typedef {Object} Upload
 * @property {string} id        its Idempotency-Key
 * @property {string} name
 * @property {number} size      bytes
 * @property {'waiting'|'sending'|'failed'|'refused'|'sent'|'cancelled'} state failed ones can be retried
 * @property {number} progress  0 to 1
 * @property {string} error     why it failed or was refused; empty otherwise
 */

/** The visitor's files on their way: checked early, sent one by one, in order, each of them once. */
export class Uploads {
  /**
   * @param {Object} parts
   * @param {string} parts.endpoint
   * @param {import('./tokens.js').Tokens} parts.tokens
   * @param {function(): Promise<string>} parts.ensureConversation its id
   * @param {function(Upload): void} parts.onChange
   * @param {function({conversationId: string, eventId: number}, Upload): void} [parts.onSent] with the service's answer
   * @param {number} [parts.mostBytes]
   * @param {function(): XMLHttpRequest} [parts.makeRequest]
   */
  constructor({ endpoint, tokens, ensureConversation, onChange, onSent = () => {}, mostBytes = MOST_BYTES,
    makeRequest = () => new XMLHttpRequest() }) {
    Object.assign(this, { _endpoint: endpoint, _tokens: tokens, _ensureConversation: ensureConversation });
    Object.assign(this, { _onChange: onChange, _onSent: onSent, _mostBytes: mostBytes, _makeRequest: makeRequest });
    this._entries = new Map();
  }

  /** @returns {Upload[]} those that are to be shown, in the order they were added */
  get list() {
    return [...this._entries.values()].map((entry) => entry.upload);
  }

  /**
   * @param {File|Blob} file
   * @param {string} [id] the message's externalId
   * @returns {Upload}
   */
  add(file, id = uuid()) {
    const error = this._fault(file);
    const upload = { id, name: file.name || 'file', size: file.size, state: 'waiting', progress: 0, error: '' };
    const entry = { upload, file, tries: 0 };
    this._entries.set(upload.id, entry);
    this._update(entry, error ? { state: 'refused', error } : {});
    this._run();
    return upload;
  }

  /** @param {string} id of an upload that is not wanted any more, or has failed */
  cancel(id) {
    const entry = this._entries.get(id);
    if (!entry) return;
    this._entries.delete(id);
    clearTimeout(entry.timer);
    this._update(entry, { state: 'cancelled' });
    if (entry.request) entry.request.abort();
    this._run();
  }

  /** @param {string} id of an upload that failed */
  retry(id) {
    const entry = this._entries.get(id);
    if (!entry || entry.upload.state !== 'failed') return;
    entry.tries = 0;
    this._update(entry, { state: 'waiting', error: '' });
    this._run();
  }

  /** The service can be reached again: what failed for want of it is tried once more. */
  wake() {
    this._entries.forEach((entry) => {
      clearTimeout(entry.timer);
      entry.timer = 0;
      if (entry.isLost) this.retry(entry.upload.id);
    });
    this._run();
  }

  /** Ends all sending on this page. */
  stop() {
    this._isStopped = true;
    this._entries.forEach(({ upload }) => this.cancel(upload.id));
  }

  _fault({ name = '', type = '', size }) {
    if (!size) return strings.fileEmpty;
    if (size > this._mostBytes) {
      return filled(strings.fileTooLargeFor, { megabytes: Math.floor(this._mostBytes / MEGABYTE) });
    }
    const [, ending] = ENDING.exec(name) || [];
    const isKnown = TYPES.test(type) || ENDINGS.split(',').includes((ending || '').toLowerCase());
    // A name without an ending says nothing; the service looks into the file.
    return isKnown || !(ending || type) ? '' : strings.fileNotTaken;
  }

  _update(entry, changes) {
    Object.assign(entry.upload, changes);
    this._onChange(entry.upload);
  }

  /** One after the other, so that messages come in the order of the files. */
  _run() {
    if (this._isStopped) return;
    const entries = [...this._entries.values()];
    if (entries.some(({ upload, timer }) => upload.state === 'sending' || timer)) return;
    const next = entries.find(({ upload }) => upload.state === 'waiting');
    if (next) this._send(next);
  }

  async _send(entry) {
    this._update(entry, { state: 'sending', progress: 0 });
    entry.tries += 1;
    try {
      const answer = await this._deliver(entry);
      if (!this._entries.delete(entry.upload.id)) return;
      this._update(entry, { state: 'sent', progress: 1 });
      this._onSent(answer, entry.upload);
    } catch (error) {
      if (this._entries.has(entry.upload.id)) this._fail(entry, error);
    }
    this._run();
  }

  _deliver(entry) {
    return this._tokens.with(async (token) => {
      if (!this._entries.has(entry.upload.id)) throw new ApiError(0);
      return this._post(token, await this._ensureConversation(), entry);
    });
  }

  _fail(entry, error) {
    const isTransient = error.isTransient !== false;
    if (isTransient && entry.tries < TRIES && error.status !== 429) {
      this._tryAgain(entry, error);
      return;
    }
    entry.isLost = !error.status;
    this._update(entry, { state: isTransient ? 'failed' : 'refused', error: fileProblem(error) });
  }

  _tryAgain(entry, error) {
    this._update(entry, { state: 'waiting', progress: 0 });
    const delay = (error.retryAfter || 0) + jitter(entry.tries - 1, FIRST_RETRY_MS, RETRY_CAP_MS);
    entry.timer = setTimeout(() => {
      entry.timer = 0;
      this._run();
    }, delay);
  }

  _post(token, conversationId, entry) {
    const { upload, file } = entry;
    if (!this._entries.has(upload.id)) throw new ApiError(0);
    const request = (entry.request = this._makeRequest());
    request.open('POST', `${this._endpoint}/inbound/customer/v1/web-chat/${encodeURIComponent(conversationId)}/files`);
    request.setRequestHeader('Authorization', `WebBearer ${token}`);
    request.setRequestHeader('Idempotency-Key', upload.id);
    const body = new FormData();
    body.append('externalId', upload.id);
    body.append('file', file, upload.name);
    return this._outcome(request, entry, () => request.send(body));
  }

  _outcome(request, entry, begin) {
    return new Promise((resolve, reject) => {
      let watch;
      // A connection that died without a word would keep the file for ever.
      const move = () => {
        clearTimeout(watch);
        watch = setTimeout(() => request.abort(), STALLED_MS);
      };
      request.upload.onprogress = ({ loaded, total }) => {
        move();
        this._update(entry, { progress: total ? loaded / total : 0 });
      };
      request.onloadend = () => {
        clearTimeout(watch);
        entry.request = null;
        const answer = readJson(request);
        if (request.status === 200 && answer) resolve(answer);
        else reject(errorOf(request, answer));
      };
      move();
      begin();
    });
  }
}

/** The visitor's own words for a failure; how large a file may be, the service alone knows. */
function fileProblem(error) {
  if (!error.status) return strings.fileNoConnection;
  const mayPass = error.isTransient !== false && error.status !== 429;
  return mayPass ? strings.fileUnavailable : fileRefusal(reasonOf(error));
}

function readJson({ responseText }) {
  try {
    return JSON.parse(responseText);
  } catch (error) {
    return null;
  }
}

/** An answer of 200 that cannot be understood is none of the service's. */
function errorOf(request, answer) {
  const first = answer && Array.isArray(answer.errors) ? answer.errors[0] : undefined;
  const status = request.status === 200 ? 0 : request.status;
  return new ApiError(status, first, parseRetryAfter(status ? request.getResponseHeader('Retry-After') : null));
}
