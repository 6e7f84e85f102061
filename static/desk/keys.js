// Keys that belong to an input method.

/** Safari ends a composition before the key press that chose the word; only its key code still tells of it. */
export const composes = (event) => event.isComposing || event.keyCode === 229;
