import actions from '../messages/actions.css';
import cards from '../messages/cards.css';
import carousel from '../messages/carousel.css';
import dark from '../messages/dark.css';
import { fillSheet } from '../messages/look.js';
import media from '../messages/media.css';
import text from '../messages/text.css';
import messages from './messages.css';
import { adoptStyles } from './stylesheet.js';
import attach from './attach.css';
import base from './base.css';
import extras from './extras.css';
import frame from './window.css';

const css = [base, frame, messages, extras, attach, text, actions, media, cards, carousel, dark].join('');

/**
 * The looks of the open chat: ours, and above them what the host page sets for buttons and links.
 * @param {ShadowRoot} root with the button's styles
 * @param {Object<string, *>} styles of the host page
 * @returns {function(Object<string, *>): void} sets other ones
 */
export function adoptLooks(root, styles) {
  adoptStyles(root, css);
  const ownSheet = adoptStyles(root, '');
  const set = (found) => {
    const own = ownSheet();
    if (!own) return;
    while (own.cssRules.length) own.deleteRule(0);
    fillSheet(own, found);
  };
  set(styles);
  return set;
}
