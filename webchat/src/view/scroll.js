const NEAR_END_PX = 60;

/** Keeps what the visitor reads in its place, or the newest message in view, whatever grows or shrinks. */
export class Scroll {
  /**
   * @param {HTMLElement} viewport what scrolls
   * @param {HTMLElement} content  its only child
   * @param {function(): void} onMoved the end came into view, or went out of it
   */
  constructor(viewport, content, onMoved) {
    Object.assign(this, { _viewport: viewport, _content: content, _onMoved: onMoved });
    this.isAtEnd = true;
    viewport.addEventListener('scroll', () => this._note(), { passive: true });
    // Pictures grow as they arrive, and the keyboard of a phone takes half the height.
    const observer = new ResizeObserver(() => this.settle());
    observer.observe(content);
    observer.observe(viewport);
  }

  /** Shows the newest message. */
  toEnd() {
    this._viewport.scrollTop = this._viewport.scrollHeight;
    this._note();
  }

  /** Puts right what a change of the content has moved. */
  settle() {
    if (this.isAtEnd) {
      this.toEnd();
      return;
    }
    const { anchor, offset } = this._held || {};
    if (anchor && anchor.isConnected) this._viewport.scrollTop += this._offsetOf(anchor) - offset;
    this._note();
  }

  _note() {
    const { scrollHeight, scrollTop, clientHeight } = this._viewport;
    const wasAtEnd = this.isAtEnd;
    this.isAtEnd = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
    const anchor = [...this._content.children].find((child) => child.offsetTop + child.offsetHeight > scrollTop);
    this._held = anchor && { anchor, offset: this._offsetOf(anchor) };
    if (wasAtEnd !== this.isAtEnd) this._onMoved();
  }

  _offsetOf(element) {
    return element.offsetTop - this._viewport.scrollTop;
  }
}
