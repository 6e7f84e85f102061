import { strings } from '../strings.js';
import { button } from '../view/dom.js';
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
  return [...renderer(message), ...renderParts(message.items)];
}

function renderAction(action, { onPress }) {
  const isPressed = action.type === 'postback' || action.type === 'reply';
  return isPressed ? [button('retry', () => onPress(action), action.title)] : renderOne(action);
}

/**
 * @param {Object} message
 * @param {{onPress: function(Object): void}} context
 * @returns {{inside: Node[], below: Node[]}} never both empty: a message that cannot be shown says so
 */
export function renderMessage(message, context) {
  try {
    const below = (message.actions || []).flatMap((action) => renderAction(action, context));
    const inside = renderOne(message);
    if (inside.length || below.length) return { inside, below };
  } catch (error) {
    // A message of a shape that nobody foresaw must not take the others with it.
  }
  return { inside: [textBlock(strings.cannotShow)], below: [] };
}
