import { App } from './app.js';
import { startStyling } from './styling.js';

/** The page's mark, put there by the script that loaded this one. */
const mark = document[Symbol.for('hubster-webchat')];
if (mark && mark.take) mark.take({ App, startStyling });
