import { labelOf } from '../messages/values.js';
import { filled, locale, strings } from '../strings.js';
import { ACCEPT } from '../uploads.js';
import { picturesOf } from './clipboard.js';
import { button, el } from './dom.js';
import { icon } from './icons.js';
import { sizeOf } from './size.js';

const PROCESSING_FROM = 0.995;

/**
 * @param {'waiting'|'sending'} state
 * @param {number} progress 0 to 1
 * @returns {string}
 */
function progressOf(state, progress) {
  if (state === 'waiting') return strings.waiting;
  // What is not there yet is never told as all of it.
  if (progress >= PROCESSING_FROM) return strings.processing;
  return filled(strings.sendingPercent, { percent: progress.toLocaleString(locale.tag, { style: 'percent' }) });
}

/** One file on its way: its name, how far it is, and what can be done about it. */
class UploadRow {
  constructor({ id, name: given, size }, actions) {
    const name = labelOf(given);
    this._name = name;
    this._bar = el('progress', { max: '1', value: '0', 'aria-label': filled(strings.sendingFile, { name }) });
    this._state = el('div', { class: 'upload-state' });
    this._retry = button('retry', () => this._tryAgain(id, actions), strings.retry);
    this._retry.setAttribute('aria-label', filled(strings.retryFile, { name }));
    this._remove = button('upload-remove', () => actions.onCancel(id), icon('close'));
    const title = el('div', { class: 'upload-name', title: name }, el('bdi', {}, name));
    const detail = el('div', { class: 'upload-detail' }, this._state, this._retry);
    const text = el('div', { class: 'upload-text' }, title, this._bar, detail);
    this.element = el('li', { class: 'upload' }, text, this._remove);
    this._size = sizeOf(size);
  }

  render({ state, progress, error }) {
    const isOver = state === 'failed' || state === 'refused';
    this.element.classList.toggle('problem', isOver);
    this._bar.hidden = isOver;
    this._bar.value = progress;
    this._retry.hidden = state !== 'failed';
    this._state.replaceChildren(...(error ? [error] : [el('bdi', {}, this._size), ` · ${progressOf(state, progress)}`]));
    const label = filled(isOver ? strings.removeFile : strings.cancelFile, { name: this._name });
    this._remove.setAttribute('aria-label', label);
  }

  /** The button goes away with the press; the keyboard stays with the file. */
  _tryAgain(id, actions) {
    this._remove.focus();
    actions.onRetry(id);
  }
}

/** Attaching files: a button, files dropped or pasted onto an element, and a row for each file on its way. */
export class Attach {
  /**
   * @param {Object} actions
   * @param {function(File[]): void} actions.onFiles
   * @param {function(string): void} actions.onCancel with an upload's id; also takes away one that failed
   * @param {function(string): void} actions.onRetry
   */
  constructor(actions) {
    this._actions = actions;
    this._rows = new Map();
    this._input = el('input', { type: 'file', multiple: '', accept: ACCEPT, hidden: '', tabindex: '-1' });
    this._input.addEventListener('change', () => this._take(this._input.files));
    this._button = button('attach', () => this._input.click(), icon('clip'));
    this._button.setAttribute('aria-label', strings.attachFiles);
    this._button.title = strings.attachFiles;
    /** The button, for the place where the visitor writes. */
    this.element = el('div', {}, this._button, this._input);
    /** The rows, for the place above it. */
    this.list = el('ul', { class: 'uploads', 'aria-label': strings.files });
    /** Tells those who do not see the rows; it must be in the document before it has something to tell. */
    this.announcer = el('div', { class: 'hidden-text', role: 'status' });
    this.list.hidden = true;
    this._veil = el('div', { class: 'drop-veil', 'aria-hidden': 'true' }, icon('clip'), strings.dropFiles);
    this._veil.hidden = true;
  }

  /**
   * Takes files that are dropped or pasted there. The element must be positioned, for the veil covers it.
   * @param {HTMLElement} target
   * @param {AbortSignal} [signal] ends it
   */
  listen(target, signal) {
    target.append(this._veil);
    let depth = 0;
    const show = (change) => {
      depth = Math.max(0, change ? depth + change : 0);
      this._veil.hidden = !depth || this._button.disabled;
    };
    const on = (name, handler) => target.addEventListener(name, handler, { signal });
    on('dragenter', (event) => holdsFiles(event) && show(1));
    on('dragleave', (event) => holdsFiles(event) && show(-1));
    on('dragover', (event) => holdsFiles(event) && event.preventDefault());
    on('drop', (event) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      show(0);
      this._take(event.dataTransfer.files);
    });
    on('paste', (event) => this._paste(event));
  }

  /** @param {boolean} isDisabled */
  disable(isDisabled) {
    this._button.disabled = isDisabled;
  }

  /** @param {import('../uploads.js').Upload[]} uploads those on their way, and those that failed */
  render(uploads) {
    const ids = new Set(uploads.map(({ id }) => id));
    this._rows.forEach((row, id) => ids.has(id) || this._drop(row, id));
    uploads.forEach((upload) => this._row(upload).render(upload));
    this.list.hidden = !uploads.length;
  }

  /**
   * Says what became of a file; called at every change of one.
   * @param {import('../uploads.js').Upload} upload
   */
  announce({ id, name, state, error }) {
    const told = {
      sending: strings.sendingFile, sent: strings.sentFile, cancelled: strings.cancelledFile,
      failed: '{name}: {error}', refused: '{name}: {error}',
    }[state];
    const key = `${id} ${state}`;
    if (!told || this._told === key) return;
    this._told = key;
    this.announcer.textContent = filled(told, { name, error });
  }

  /** Leaves nothing of what was said about files: another visitor is here. */
  forget() {
    this._told = '';
    this.announcer.textContent = '';
  }

  _take(files) {
    const chosen = [...files];
    this._input.value = '';
    if (chosen.length && !this._button.disabled) this._actions.onFiles(chosen);
  }

  _paste(event) {
    const pictures = picturesOf(event.clipboardData);
    if (!pictures.length) return;
    event.preventDefault();
    this._take(pictures);
  }

  _row(upload) {
    if (!this._rows.has(upload.id)) {
      const row = new UploadRow(upload, this._actions);
      this._rows.set(upload.id, row);
      this.list.append(row.element);
    }
    return this._rows.get(upload.id);
  }

  _drop(row, id) {
    const root = row.element.getRootNode();
    const hadFocus = row.element.contains(root.activeElement);
    this._rows.delete(id);
    row.element.remove();
    if (hadFocus) this._button.focus();
  }
}

function holdsFiles({ dataTransfer }) {
  return Boolean(dataTransfer) && [...dataTransfer.types].includes('Files');
}
