import { Widget } from './widget.js';

export const TAG = 'hubster-webchat';
// A transition may take the old page out before the new one is in.
const GRACE_MS = 2000;

/**
 * The page's one widget and the element that holds it. Sites replace parts of a page, or all of it, without loading it:
 * elements come and go, and the widget goes on in the next one as it is.
 */
export class Mount {
  /**
   * @param {function(): (import('./config.js').Config|null)} getConfig null when there can be no widget
   * @param {import('./loading.js').Core} core
   * @param {HTMLScriptElement|null} script that brought the widget; null when it came in another way
   */
  constructor(getConfig, core, script) {
    Object.assign(this, { _getConfig: getConfig, _core: core, _script: script });
  }

  /** Makes the element that a page has which does not write it. */
  ensure() {
    if (!this._getConfig() || document.querySelector(TAG)) return;
    this._own = document.createElement(TAG);
    document.body.append(this._own);
  }

  /** @param {HTMLElement} element that came into the page; one that holds the widget is enough */
  connect(element) {
    if (element === this._element) clearTimeout(this._leaving);
    else if (this._getConfig() && !(this._element && this._element.isConnected)) this._hold(element);
  }

  /** @param {HTMLElement} element that left the page, or was moved in it */
  disconnect(element) {
    if (element !== this._element || element.isConnected) return;
    const next = document.querySelector(TAG);
    if (next) return this._hold(next);
    this._leaving = setTimeout(() => this._leave(), GRACE_MS);
    // Whoever replaces the page may be about to put an element there.
    return setTimeout(() => this._refill());
  }

  _hold(element) {
    clearTimeout(this._leaving);
    const root = element.shadowRoot || element.attachShadow({ mode: 'open' });
    if (this._widget) this._widget.moveTo(root);
    else this._widget = new Widget(root, this._getConfig(), this._core);
    Object.assign(this, { _element: element, _body: document.body });
  }

  /**
   * The page that came in place gets an element if it would have one after a load: it has the script, and it is another
   * page, or lost the element that we made, unless it took that one away itself.
   */
  _refill() {
    const { _script: script, _element: element } = this;
    const isLost = element === this._own && !element.isUnwanted;
    const isReplaced = this._body !== document.body || (script && !script.isConnected);
    const hasScript = !script || [...document.scripts].some(({ src }) => src === script.src);
    if (hasScript && (isLost || isReplaced)) this.ensure();
  }

  _leave() {
    this._refill();
    if (this._element.isConnected) return;
    this._widget.destroy();
    this._widget = this._element = null;
  }
}

/**
 * @param {Mount} mount
 * @returns {typeof HTMLElement} the class of <hubster-webchat>
 */
export function makeElement(mount) {
  return class extends HTMLElement {
    connectedCallback() {
      mount.connect(this);
    }

    disconnectedCallback() {
      mount.disconnect(this);
    }

    /** The host page does not want the chat: an element that the script made does not come back. */
    remove() {
      this.isUnwanted = true;
      super.remove();
    }
  };
}
