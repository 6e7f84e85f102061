import { strings } from '../strings.js';
import { renderPlayer } from './player.js';

/**
 * @param {{url: string, label?: string, mimeType?: string}} message
 * @param {import('./registry.js').Context} context
 * @returns {HTMLElement[]}
 */
export function renderAudio(message, { config }) {
  return renderPlayer('audio', message, strings.audio, config);
}
