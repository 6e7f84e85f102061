import { parseRetryAfter } from './backoff.js';

const TIMEOUT_MS = 20000;
const CONVERSATION_UNKNOWN = 6500;
const CONVERSATION_CLOSED = 6501;

/**
 * A request that did not succeed. Status 0: no answer, or none that can be understood. Its message is for developers:
 * for what visitors read see refusal.js.
 */
export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {{code?: number, description?: string}} [first] the first error of the answer
   * @param {number} [retryAfter] milliseconds
   */
  constructor(status, first = {}, retryAfter = 0) {
    super(first.description || (status ? `HTTP status ${status}` : 'No answer from the service'));
    this.status = status;
    this.code = first.code;
    this.retryAfter = retryAfter;
    this.concernsToken = false;
  }

  /** @returns {boolean} whether this page's origin is not among the allowed ones */
  get isOriginRefused() {
    return this.concernsToken && this.status === 403;
  }

  /** @returns {boolean} whether the integration does not exist */
  get isIntegrationUnknown() {
    return this.concernsToken && this.status === 404;
  }

  /** @returns {boolean} whether the same request may succeed later */
  get isTransient() {
    return this.status === 0 || this.status >= 500 || [401, 408, 429].includes(this.status);
  }

  /** @returns {boolean} whether the conversation takes no more messages */
  get isConversationClosed() {
    return this.code === CONVERSATION_CLOSED;
  }

  /** @returns {boolean} whether it is closed, or not this visitor's any more: after a token's end comes another identity */
  get isConversationGone() {
    return this.isConversationClosed || this.code === CONVERSATION_UNKNOWN;
  }
}

/**
 * @param {Response} response
 * @returns {Promise<ApiError>}
 */
async function readError(response) {
  const body = await response.json().catch(() => ({}));
  const first = Array.isArray(body.errors) ? body.errors[0] : undefined;
  return new ApiError(response.status, first, parseRetryAfter(response.headers.get('Retry-After')));
}

/** The service's HTTP API: one method per call, every failure an ApiError. */
export class Api {
  /** @param {string} endpoint */
  constructor(endpoint) {
    this._endpoint = endpoint;
  }

  /**
   * @param {string} integrationId
   * @param {string} [oldToken] keeps the visitor's identity
   * @returns {Promise<{access_token: string, expires_in: number}>}
   */
  async token(integrationId, oldToken) {
    try {
      return await this._request('GET', `/api/v1/integrations/web-chat/token/${integrationId}`, { token: oldToken });
    } catch (error) {
      error.concernsToken = true;
      throw error;
    }
  }

  /**
   * @param {string} token
   * @param {Object} body
   * @returns {Promise<{conversationId: string, isNew: boolean, openedDateTime: string}>}
   */
  establish(token, body) {
    return this._request('POST', '/api/v1/conversations/establish', { token, body });
  }

  /**
   * @param {string} token
   * @param {string} conversationId
   * @param {Object} activity its externalId makes a repeated request harmless
   * @returns {Promise<{eventId: number}>}
   */
  send(token, conversationId, activity) {
    const headers = { 'Idempotency-Key': activity.externalId };
    const path = `/inbound/customer/v1/web-chat/${encodeURIComponent(conversationId)}`;
    return this._request('POST', path, { token, body: activity, headers });
  }

  async _request(method, path, { token, body, headers = {} }) {
    if (token) headers.Authorization = `WebBearer ${token}`;
    if (body) headers['Content-Type'] = 'application/json';
    const response = await this._fetch(path, { method, headers, body: body && JSON.stringify(body) });
    if (!response.ok) throw await readError(response);
    return response.json().catch(() => {
      throw new ApiError(0);
    });
  }

  async _fetch(path, options) {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), TIMEOUT_MS);
    try {
      return await fetch(this._endpoint + path, {
        ...options, signal: abort.signal, credentials: 'omit', cache: 'no-store',
      });
    } catch (error) {
      throw new ApiError(0);
    } finally {
      clearTimeout(timer);
    }
  }
}
