import { strings } from '../strings.js';
import { renderPlayer } from './player.js';

/**
 * @param {{url: string, label?: string, mimeType?: string}} message
 * @param {import('./registry.js').Context} context
 * @returns {HTMLElement[]}
 */
export function renderVideo(message, { config }) {
  return renderPlayer('video', message, strings.video, config);
}
