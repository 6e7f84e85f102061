import { renderPlayer } from './player.js';
import { words } from './words.js';

/**
 * @param {{url: string, label?: string, mimeType?: string}} message
 * @param {import('./registry.js').Context} context
 * @returns {HTMLElement[]}
 */
export function renderVideo(message, { config }) {
  return renderPlayer('video', message, words.video, config);
}
