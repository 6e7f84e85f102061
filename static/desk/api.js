// The JSON endpoints. A fault is an `ApiError` whose text can be shown; `offline` means that no answer came.

import { fill, gettext } from './text.js';

const base = document.body.dataset.base.replace(/\/$/, '');
const DEADLINE = 15000; // milliseconds

export class ApiError extends Error {
  constructor(text, status, codes = []) {
    super(text);
    this.status = status;
    this.codes = codes; // such as ENG000110
    this.offline = status === 0 || status >= 502;
  }
}

async function call(path, options) {
  let answer;
  try {
    answer = await fetch(base + path, { credentials: 'same-origin', signal: AbortSignal.timeout(DEADLINE), ...options });
  } catch (error) {
    throw new ApiError(gettext('No connection to the server.'), 0);
  }
  const body = await answer.json().catch(() => null);
  if (answer.ok && body) return body;
  if (answer.status === 403 && !body) throw new ApiError(gettext('Your session has changed. Reload the page.'), 403);
  const { error, codes } = body || {};
  throw new ApiError(error || fill(gettext('The server returned an error (HTTP %(status)s).'), { status: answer.status }), answer.status, codes);
}

function post(path, body) {
  const headers = {
    'Content-Type': 'application/json',
    'X-CSRFToken': document.querySelector('meta[name=csrf]').content,
  };
  return call(path, { method: 'POST', headers, body: JSON.stringify(body) });
}

const query = (values) => new URLSearchParams(Object.entries(values).filter(([, value]) => value)).toString();

/** A page of the list. Where somebody else has logged in meanwhile, it is not theirs to show here. */
export async function list(filter) {
  const answer = await call(`/conversations?${query(filter)}`);
  if (answer.me !== document.body.dataset.me) throw new ApiError(gettext('You are logged out. Log in again.'), 401);
  return answer;
}

/** Whether the browser is still logged in as the person whom the page was made for. */
export const stillIn = () => list({ kind: 'unanswered' }).then(
  () => true,
  (fault) => fault.status !== 401,
);

export const thread = (id, before) => call(`/conversations/${id}?${query({ before })}`);
export const reply = (id, text, key) => post(`/conversations/${id}/reply`, { text, key });
export const commands = (id) => call(`/conversations/${id}/commands`);
export const signal = (id, content) => post(`/conversations/${id}/signal`, content);
/** `side` is Agent or Bot; `force` takes it from another agent too. */
export const setSide = (id, side, key, force) => post(`/conversations/${id}/side`, { side, key, force });
export const close = (id) => post(`/conversations/${id}/close`, {});
