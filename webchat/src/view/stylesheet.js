import base from './base.css';
import { el } from './dom.js';
import extras from './extras.css';
import messages from './messages.css';
import frame from './window.css';

const css = base + frame + messages + extras;

/**
 * Gives a shadow root its styles by a constructed sheet, which a strict content security policy allows.
 * @param {ShadowRoot} root with its content: where sheets cannot be constructed, a style element joins it
 */
export function adoptStyles(root) {
  if (!('adoptedStyleSheets' in root)) {
    root.append(el('style', {}, css));
    return;
  }
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [sheet];
}
