import { filled, strings } from '../strings.js';
import { button, el } from '../view/dom.js';
import { icon } from '../view/icons.js';
import { renderCard } from './card.js';
import { hintsOf, objectsOf } from './values.js';

const STEPS = { ArrowLeft: -1, ArrowRight: 1 };
const EDGE_PX = 2;

/** Cards side by side, one of which stands at the start of the window onto them. */
class Carousel {
  /** @param {HTMLElement[]} cards at least one */
  constructor(cards) {
    this._slides = cards.map((card, index) => this._makeSlide(card, index, cards.length));
    this._track = el('ul', { class: 'track', tabindex: '0', 'aria-label': strings.carousel }, ...this._slides);
    this._back = this._makeArrow('left', strings.previousCard, -1);
    this._next = this._makeArrow('right', strings.nextCard, 1);
    this._said = el('div', { class: 'hidden-text', role: 'status' });
    this._back.hidden = true;
    this._next.hidden = cards.length < 2;
    this._track.addEventListener('scroll', () => this._follow(), { passive: true });
    new ResizeObserver(() => this._follow()).observe(this._track);
    this._track.addEventListener('keydown', (event) => this._press(event));
    const role = { class: 'carousel', role: 'group', 'aria-label': strings.carousel };
    this.element = el('div', role, this._track, this._back, this._next, this._said);
    this._index = 0;
  }

  _makeSlide(card, index, count) {
    const name = filled(strings.position, { number: index + 1, count });
    return el('li', { class: 'slide', 'aria-label': name }, card);
  }

  _makeArrow(shape, name, step) {
    const arrow = button(`arrow ${shape}`, () => this._goTo(this._nearest() + step), icon(shape));
    arrow.setAttribute('aria-label', name);
    return arrow;
  }

  /** Also right in a page that is written from right to left, where offsets are negative. */
  _offset(index) {
    return this._slides[index].offsetLeft - this._slides[0].offsetLeft;
  }

  _goTo(index) {
    const last = this._slides.length - 1;
    this._track.scrollTo({ left: this._offset(Math.min(Math.max(index, 0), last)) });
  }

  _press(event) {
    const { key, target } = event;
    if (target !== this._track) return;
    const isMirrored = getComputedStyle(this._track).direction === 'rtl';
    const step = (STEPS[key] || 0) * (isMirrored ? -1 : 1);
    if (!step && key !== 'Home' && key !== 'End') return;
    event.preventDefault();
    if (step) this._goTo(this._nearest() + step);
    else this._goTo(key === 'Home' ? 0 : this._slides.length - 1);
  }

  _isAtEnd() {
    const { scrollLeft, clientWidth, scrollWidth } = this._track;
    return Math.abs(scrollLeft) + clientWidth >= scrollWidth - EDGE_PX;
  }

  /** @returns {boolean} whether all slides are in view, so that there is nowhere to go */
  _fits() {
    return this._track.scrollWidth <= this._track.clientWidth + EDGE_PX;
  }

  _nearest() {
    const distances = this._slides.map((slide, index) => Math.abs(this._offset(index) - this._track.scrollLeft));
    return distances.indexOf(Math.min(...distances));
  }

  _follow() {
    const isAtEnd = this._isAtEnd();
    const index = isAtEnd && !this._fits() ? this._slides.length - 1 : this._nearest();
    this._show(this._back, index > 0);
    this._show(this._next, !isAtEnd);
    if (index === this._index) return;
    this._index = index;
    this._said.textContent = filled(strings.position, { number: index + 1, count: this._slides.length });
  }

  /** An arrow that goes must not take the keyboard with it. */
  _show(arrow, isShown) {
    if (!isShown && arrow.getRootNode().activeElement === arrow) this._track.focus({ preventScroll: true });
    arrow.hidden = !isShown;
  }
}

/**
 * @param {{items: Object[]}} message
 * @param {import('./registry.js').Context} context
 * @returns {HTMLElement[]}
 */
export function renderCarousel(message, context) {
  const hints = hintsOf(message);
  const cards = objectsOf(message.items).flatMap((item) => renderCard(item, context, hints));
  return cards.length ? [new Carousel(cards).element] : [];
}
