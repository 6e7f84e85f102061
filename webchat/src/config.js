/**
 * @typedef {Object} Config
 * @property {string} engineEndpoint    http(s) address without a trailing slash
 * @property {string} eventsEndpoint    ws(s) address without a trailing slash
 * @property {string} integrationId     GUID, lower case with dashes
 * @property {number} sessionTTL        minutes
 * @property {boolean} openOnNewMessage
 * @property {boolean} hideCloseIcon
 * @property {boolean} fullWindow
 * @property {boolean} styling          shows all kinds of messages to style, and talks to no service
 * @property {boolean} hidePoweredBy
 * @property {number} filesSize         megabytes of one file that the visitor can send; 0: none
 * @property {boolean} sound            a short one for new messages
 * @property {'light'|'dark'|'auto'} theme auto: as the visitor's system
 * @property {string} language          such as de or pt-BR; empty: as the page
 * @property {Object<string, *>} styles
 * @property {Object<string, *>} host   window.HUBSTER_CONFIG itself, for its callbacks
 */

const DEFAULT_TTL_MINUTES = 1440;
const DEFAULT_FILES_SIZE = 10;
const THEMES = ['light', 'dark', 'auto'];

/**
 * @param {*} value
 * @returns {string} the GUID in its usual form; empty when it is none
 */
function normaliseGuid(value) {
  const digits = String(value).trim().replace(/-/g, '').toLowerCase();
  if (!/^[0-9a-f]{32}$/.test(digits)) return '';
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/**
 * @param {string} name   the property, for the error
 * @param {*} value
 * @param {string} origin what it is when not given
 * @returns {string}
 */
function readEndpoint(name, value, origin) {
  try {
    const url = new URL(value || origin, origin);
    if (/^(http|ws)s?:$/.test(url.protocol)) return (url.origin + url.pathname).replace(/\/+$/, '');
  } catch (error) {
    // Told below, with the name of the property.
  }
  throw new Error(`HUBSTER_CONFIG.${name} is not a web address: ${value}`);
}

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
 * @param {Object<string, *>} host
 * @returns {string}
 */
function readIntegrationId(host) {
  if (!host.integrationId) throw new Error('HUBSTER_CONFIG.integrationId is missing.');
  const id = normaliseGuid(host.integrationId);
  if (!id) throw new Error(`HUBSTER_CONFIG.integrationId is not a valid id: ${host.integrationId}`);
  return id;
}

/**
 * Reads window.HUBSTER_CONFIG.
 * @param {*} raw
 * @param {string} origin where the script came from: the default of both endpoints
 * @returns {Config}
 * @throws {Error} with a message for the host page's developer
 */
export function readConfig(raw, origin) {
  const host = raw || {};
  return {
    integrationId: readIntegrationId(host),
    engineEndpoint: readEndpoint('engineEndpoint', host.engineEndpoint, origin).replace(/^ws/, 'http'),
    eventsEndpoint: readEndpoint('eventsEndpoint', host.eventsEndpoint, origin).replace(/^http/, 'ws'),
    sessionTTL: readTtl(host.sessionTTL),
    openOnNewMessage: Boolean(host.openOnNewMessage),
    hideCloseIcon: Boolean(host.hideCloseIcon),
    fullWindow: Boolean(host.fullWindow),
    styling: Boolean(host.styling),
    hidePoweredBy: Boolean(host.hidePoweredBy),
    filesSize: readFilesSize(host.filesSize),
    sound: host.sound !== false,
    theme: THEMES.includes(host.theme) ? host.theme : 'light',
    language: String(host.language || ''),
    styles: host.styles || {},
    host,
  };
}
