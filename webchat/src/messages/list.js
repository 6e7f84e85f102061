import { el } from '../view/dom.js';
import { renderActions } from './actions.js';
import { renderCard } from './card.js';
import { hintsOf, objectsOf } from './values.js';

/**
 * @param {{items: Object[], actions?: Object[]}} message
 * @param {import('./registry.js').Context} context
 * @returns {HTMLElement[]} its entries one below the other, and the actions for all
 */
export function renderList(message, context) {
  const hints = hintsOf(message);
  const cards = objectsOf(message.items).flatMap((item) => renderCard(item, context, hints));
  const list = cards.length ? [el('ul', { class: 'entries' }, ...cards.map((card) => el('li', {}, card)))] : [];
  return [...list, ...renderActions(message.actions, context, 'list')];
}
