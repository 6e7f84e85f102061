import { el } from './dom.js';

/**
 * Gives a shadow root more styles by a constructed sheet, which a strict content security policy allows.
 * @param {ShadowRoot} root with its content: where sheets cannot be constructed, a style element joins it
 * @param {string} css
 * @returns {function(): (CSSStyleSheet|null)} the sheet; null where the browser gives none
 */
export function adoptStyles(root, css) {
  if (!('adoptedStyleSheets' in root)) {
    const element = el('style', {}, css);
    root.append(element);
    return () => element.sheet;
  }
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  return () => sheet;
}

/**
 * @param {ShadowRoot} from
 * @param {ShadowRoot} to  gets all that the other had, with its styles
 */
export function moveContent(from, to) {
  to.replaceChildren(...from.childNodes);
  if (!('adoptedStyleSheets' in to)) return;
  to.adoptedStyleSheets = from.adoptedStyleSheets;
  from.adoptedStyleSheets = [];
}
