const OF_INPUT_METHOD = 229;

/**
 * @param {KeyboardEvent} event
 * @returns {boolean} whether the key was for the input method: Safari ends the composition before the key that chose
 *   the word, which then only its key code tells
 */
export function isComposing({ isComposing: composes, keyCode }) {
  return composes || keyCode === OF_INPUT_METHOD;
}
