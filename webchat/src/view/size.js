import { filled, locale, strings } from '../strings.js';

const KILOBYTE = 1024;
const MEGABYTE = KILOBYTE * KILOBYTE;

/**
 * @param {number} bytes
 * @returns {string} as people read it
 */
export function sizeOf(bytes) {
  const isLarge = bytes >= MEGABYTE;
  const number = isLarge ? bytes / MEGABYTE : Math.max(1, Math.round(bytes / KILOBYTE));
  const told = number.toLocaleString(locale.tag, { maximumFractionDigits: 1 });
  return filled(isLarge ? strings.megabytes : strings.kilobytes, { number: told });
}
