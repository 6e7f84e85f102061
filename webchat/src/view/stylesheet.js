import { el } from './dom.js';

/**
 * Gives a shadow root more styles by a constructed sheet, which a strict content security policy allows.
 * @param {ShadowRoot} root with its content: where sheets cannot be constructed, a style element joins it
 * @param {string} css
 */
export function adoptStyles(root, css) {
  if (!('adoptedStyleSheets' in root)) {
    root.append(el('style', {}, css));
    return;
  }
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
}
