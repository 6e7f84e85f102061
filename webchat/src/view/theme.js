const DARK = '(prefers-color-scheme: dark)';

/**
 * Gives elements the colours that are wanted, and follows the visitor's system when that is wanted.
 * @param {HTMLElement[]} elements
 * @param {'light'|'dark'|'auto'} theme
 * @param {AbortSignal} signal ends the following
 */
export function applyTheme(elements, theme, signal) {
  const system = matchMedia(DARK);
  const apply = () => {
    const isDark = theme === 'dark' || (theme === 'auto' && system.matches);
    elements.forEach((element) => element.classList.toggle('dark', isDark));
  };
  apply();
  if (theme === 'auto') system.addEventListener('change', apply, { signal });
}
