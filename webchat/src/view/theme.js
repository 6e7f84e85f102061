const DARK = '(prefers-color-scheme: dark)';

/**
 * Gives an element the colours that are wanted, and follows the visitor's system when that is wanted.
 * @param {HTMLElement} element
 * @param {*} theme dark or auto; anything else is light
 * @param {AbortSignal} signal ends the following
 */
export function applyTheme(element, theme, signal) {
  const system = matchMedia(DARK);
  const apply = () => {
    const isDark = theme === 'dark' || (theme === 'auto' && system.matches);
    element.classList.toggle('dark', isDark);
  };
  apply();
  if (theme === 'auto') system.addEventListener('change', apply, { signal });
}
