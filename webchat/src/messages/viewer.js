import { strings } from '../strings.js';
import { button, el } from '../view/dom.js';
import { icon } from '../view/icons.js';

/**
 * @param {string} caption
 * @returns {HTMLElement[]}
 */
const renderCaption = (caption) => (caption ? [el('figcaption', { dir: 'auto' }, caption)] : []);

/**
 * Shows a picture as large as the window allows. Esc, the button and a press beside it close it again.
 * @param {HTMLElement} opener the keyboard goes back to it
 * @param {{src: string, name: string, caption: string}} picture
 */
export function openPicture(opener, { src, name, caption }) {
  if (typeof HTMLDialogElement === 'undefined') {
    window.open(src, '_blank', 'noopener,noreferrer');
    return;
  }
  const image = el('img', { alt: name, referrerpolicy: 'no-referrer', src });
  const close = button('viewer-close', () => dialog.close(), icon('close'));
  close.setAttribute('aria-label', strings.close);
  const figure = el('figure', {}, image, ...renderCaption(caption));
  const dialog = el('dialog', { class: 'viewer', 'aria-label': name }, close, figure);
  // Esc closes the picture, and not also the chat behind it.
  dialog.addEventListener('keydown', (event) => event.stopPropagation());
  dialog.addEventListener('click', ({ target }) => target === dialog && dialog.close());
  dialog.addEventListener('close', () => {
    dialog.remove();
    opener.focus();
  });
  const root = opener.getRootNode();
  (root.body || root).append(dialog);
  dialog.showModal();
}
