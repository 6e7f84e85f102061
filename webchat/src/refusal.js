import { logDetail } from './log.js';
import { strings } from './strings.js';

// The service's sentences are for developers. Visitors read the widget's own, chosen by these numbers.
const TOO_LARGE = [207];
const NOBODY = [2001, 2002, 5500, 5501, 6000, 6502, 6503];

/** @typedef {'tooLarge'|'nobody'|'notAllowed'|'unavailable'|'tooMany'|'damaged'|'notTaken'|'noRoom'|'other'} Reason */

/**
 * @param {import('./api.js').ApiError} error
 * @returns {Reason} why the service refused, as far as it helps a visitor to know
 */
export function reasonOf(error) {
  logDetail(`The service refused: ${error.message}`);
  const { status, code } = error;
  if (error.isOriginRefused) return 'notAllowed';
  if (error.isIntegrationUnknown) return 'unavailable';
  if (NOBODY.includes(code)) return 'nobody';
  if (status === 429) return 'tooMany';
  if (status === 507) return 'noRoom';
  if (status === 413 || TOO_LARGE.includes(code)) return 'tooLarge';
  return { 202: 'damaged', 206: 'notTaken' }[code] || 'other';
}

/** @returns {Object<Reason, string>} what is the same of messages and files */
const shared = () => ({
  nobody: strings.nobodyAnswers,
  notAllowed: strings.notAllowed,
  unavailable: strings.unavailable,
});

/**
 * @param {Reason} [reason] not known of what an older version of the widget stored
 * @returns {string} why a message was refused, for the visitor
 */
export function messageRefusal(reason) {
  return { ...shared(), tooLarge: strings.messageTooLong }[reason] || strings.messageRefused;
}

/**
 * @param {Reason} reason
 * @returns {string} why a file was refused, for the visitor
 */
export function fileRefusal(reason) {
  const own = {
    tooLarge: strings.fileTooLarge,
    tooMany: strings.tooManyFiles,
    damaged: strings.fileDamaged,
    notTaken: strings.fileNotTaken,
    noRoom: strings.noRoomForFiles,
  };
  return { ...shared(), ...own }[reason] || strings.fileRefused;
}
