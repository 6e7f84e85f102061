import actions from '../messages/actions.css';
import cards from '../messages/cards.css';
import carousel from '../messages/carousel.css';
import { fillSheet } from '../messages/look.js';
import media from '../messages/media.css';
import text from '../messages/text.css';
import base from './base.css';
import { el } from './dom.js';
import messages from './messages.css';
import frame from './window.css';

const css = [base, frame, messages, text, actions, media, cards, carousel].join('');

/**
 * Gives a shadow root its styles by constructed sheets, which a strict content security policy allows.
 * @param {ShadowRoot} root with its content: where sheets cannot be constructed, style elements join it
 * @param {Object<string, *>} [styles] of the host page
 */
export function adoptStyles(root, styles) {
  if (!('adoptedStyleSheets' in root)) {
    const own = el('style');
    root.append(el('style', {}, css), own);
    if (own.sheet) fillSheet(own.sheet, styles);
    return;
  }
  const sheet = new CSSStyleSheet();
  const own = new CSSStyleSheet();
  sheet.replaceSync(css);
  fillSheet(own, styles);
  root.adoptedStyleSheets = [sheet, own];
}
