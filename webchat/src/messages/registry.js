import { strings } from '../strings.js';
import { renderFallback } from './fallback.js';
import { renderText, textBlock } from './text.js';

/** What shows a message of each type. A type that is not here is shown by the fallback. */
const renderers = {
  text: renderText,
};

/**
 * A message's items and actions, each in its own form.
 * @param {*} list
 * @returns {Node[]}
 */
function renderParts(list) {
  return (Array.isArray(list) ? list : []).reduce((nodes, part) => nodes.concat(renderOne(part)), []);
}

function renderOne(message) {
  const type = String(message.type).toLowerCase();
  const renderer = Object.prototype.hasOwnProperty.call(renderers, type) ? renderers[type] : renderFallback;
  return [...renderer(message), ...renderParts(message.items), ...renderParts(message.actions)];
}

/**
 * @param {Object} message
 * @returns {Node[]} never empty: a message that cannot be shown says so
 */
export function renderMessage(message) {
  try {
    const nodes = renderOne(message);
    if (nodes.length) return nodes;
  } catch (error) {
    // A message of a shape that nobody foresaw must not take the others with it.
  }
  return [textBlock(strings.cannotShow)];
}
