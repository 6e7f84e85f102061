/**
 * Tells the host page's developer what is wrong, on the console and nowhere else.
 * @param {string} text
 * @param {...*} details
 */
export function logError(text, ...details) {
  console.error(`[Hubster] ${text}`, ...details);
}
