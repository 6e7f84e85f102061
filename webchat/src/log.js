/**
 * Tells the host page's developer what is wrong, on the console and nowhere else.
 * @param {string} text
 * @param {...*} details
 */
export function logError(text, ...details) {
  console.error(`[Hubster] ${text}`, ...details);
}

/**
 * Tells the same what goes beyond that: the console shows it to those who ask for all.
 * @param {string} text
 * @param {...*} details
 */
export function logDetail(text, ...details) {
  console.debug(`[Hubster] ${text}`, ...details);
}
