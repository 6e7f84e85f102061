/**
 * @typedef {import('./config.js').Config & Rest} Settings
 * @typedef {Object} Rest
 * @property {number} sessionTTL        minutes
 * @property {boolean} openOnNewMessage
 * @property {boolean} hideCloseIcon
 * @property {boolean} fullWindow
 * @property {boolean} hidePoweredBy
 * @property {number} filesSize         megabytes of one file that the visitor can send; 0: none
 * @property {boolean} sound            a short one for new messages
 */

const DEFAULT_TTL_MINUTES = 1440;
const DEFAULT_FILES_SIZE = 10;

/**
 * @param {*} value
 * @returns {number} minutes
 */
function readTtl(value) {
  const minutes = Number(value);
  return minutes > 0 ? minutes : DEFAULT_TTL_MINUTES;
}

/**
 * @param {*} value
 * @returns {number} megabytes
 */
function readFilesSize(value = DEFAULT_FILES_SIZE) {
  const size = Number(value);
  return size >= 0 ? size : DEFAULT_FILES_SIZE;
}

/**
 * Reads the settings that only an open chat needs, so that a page without a visitor in it loads less.
 * @param {import('./config.js').Config} config
 * @returns {Settings}
 */
export function withSettings(config) {
  const { host } = config;
  return {
    ...config,
    sessionTTL: readTtl(host.sessionTTL),
    openOnNewMessage: Boolean(host.openOnNewMessage),
    hideCloseIcon: Boolean(host.hideCloseIcon),
    fullWindow: Boolean(host.fullWindow),
    hidePoweredBy: Boolean(host.hidePoweredBy),
    filesSize: readFilesSize(host.filesSize),
    sound: host.sound !== false,
  };
}
