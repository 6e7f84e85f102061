/**
 * @param {number} count
 * @returns {Uint8Array}
 */
function randomBytes(count) {
  return crypto.getRandomValues(new Uint8Array(count));
}

/**
 * A random version 4 UUID. crypto.randomUUID is missing on plain http pages, so it is built here.
 * @returns {string}
 */
export function uuid() {
  const bytes = randomBytes(16);
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/**
 * 32 random bytes in base64url: whoever holds them holds the conversation.
 * @returns {string}
 */
export function secret() {
  const text = btoa(String.fromCharCode(...randomBytes(32)));
  return text.replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}
