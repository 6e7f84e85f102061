/**
 * What the button needs; settings.js has the rest.
 * @typedef {Object} Config
 * @property {string} engineEndpoint    http(s) address without a trailing slash
 * @property {string} eventsEndpoint    ws(s) address without a trailing slash
 * @property {string} integrationId     GUID, lower case with dashes
 * @property {boolean} styling          shows all kinds of messages to style, and talks to no service
 * @property {*} theme                dark, or auto: as the visitor's system; anything else is light
 * @property {string} language          such as de or pt-BR; empty: as the page
 * @property {Object<string, *>} styles
 * @property {Object<string, *>} host   window.HUBSTER_CONFIG itself, for its callbacks
 */

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
    styling: Boolean(host.styling),
    theme: host.theme,
    language: String(host.language || ''),
    styles: host.styles || {},
    host,
  };
}
