import { applyStyles } from './dom.js';

/**
 * A phone's keyboard covers the page's lower half without making it smaller. What is left is told to the style
 * sheet, which lets a full screen window have exactly that.
 * @param {HTMLElement} element
 * @param {AbortSignal} signal ends the following
 */
export function followViewport(element, signal) {
  const { visualViewport: viewport } = window;
  if (!viewport) return;
  const follow = () => {
    // Whoever has zoomed in wants to see a part of the window, not a window of that size.
    const isZoomed = viewport.scale > 1.01;
    applyStyles(element, {
      '--hw-visible-top': isZoomed ? '' : `${viewport.offsetTop}px`,
      '--hw-visible-height': isZoomed ? '' : `${viewport.height}px`,
    });
  };
  viewport.addEventListener('resize', follow, { signal });
  viewport.addEventListener('scroll', follow, { signal });
  follow();
}
