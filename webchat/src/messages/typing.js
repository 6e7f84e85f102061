import { strings } from '../strings.js';
import { el } from '../view/dom.js';

/**
 * @returns {HTMLElement} three dots for a bubble, with their meaning for those who cannot see them
 */
export function typingDots() {
  const dots = [0, 1, 2].map(() => el('span', { class: 'dot', 'aria-hidden': 'true' }));
  return el('div', { class: 'typing' }, ...dots, el('span', { class: 'hidden-text' }, strings.typing));
}
