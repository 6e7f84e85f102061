import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { ApiError } from '../../webchat/src/api.js';
import { filled, strings } from '../../webchat/src/strings.js';
import { ACCEPT, Uploads } from '../../webchat/src/uploads.js';
import { settle } from './fakes.mjs';

/** An XMLHttpRequest that the test drives; the last one made is FakeRequest.last. */
class FakeRequest {
  constructor() {
    Object.assign(this, { headers: {}, upload: {}, status: 0, responseText: '', answerHeaders: {} });
    FakeRequest.all.push(this);
  }

  static get last() {
    return FakeRequest.all.at(-1);
  }

  open(method, url) {
    Object.assign(this, { method, url });
  }

  setRequestHeader(name, value) {
    this.headers[name] = value;
  }

  getResponseHeader(name) {
    return this.answerHeaders[name] || null;
  }

  send(body) {
    this.body = body;
  }

  progress(loaded, total) {
    this.upload.onprogress({ loaded, total });
  }

  async answer(status, body, headers = {}) {
    Object.assign(this, { status, responseText: body ? JSON.stringify(body) : '', answerHeaders: headers });
    this.onloadend();
    await settle();
  }

  abort() {
    this.isAborted = true;
    this.status = 0;
    this.onloadend();
  }
}

const KEPT = { status: 200, eventId: 7, conversationId: 'c2' };
const refusal = (code) => ({ errors: [{ code, description: `No. (code: ENG${code})` }] });
const file = (name, { type = '', size = 5 } = {}) => new File(['x'.repeat(size)], name, { type });

let refusedTokens;
let sent;
let seen;
let uploads;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1000000 });
  FakeRequest.all = [];
  refusedTokens = 0;
  sent = [];
  seen = [];
  const tokens = {
    with: async (call) => {
      try {
        return await call(`t${refusedTokens}`);
      } catch (error) {
        if (error.status !== 401) throw error;
        refusedTokens += 1;
      }
      return call(`t${refusedTokens}`);
    },
  };
  uploads = new Uploads({
    endpoint: 'https://hub.example.com',
    tokens,
    ensureConversation: async () => 'c/1',
    onChange: ({ state, progress }) => seen.push(`${state} ${progress}`),
    onSent: (answer) => sent.push(answer.conversationId),
    mostBytes: 1024 * 1024,
    makeRequest: () => new FakeRequest(),
  });
});

async function add(...given) {
  const upload = uploads.add(...given);
  await settle();
  return upload;
}

async function pass(milliseconds) {
  mock.timers.tick(milliseconds);
  await settle();
}

test('a file goes to the conversation with the token, its name and a key of its own', async () => {
  const upload = await add(file('note.txt'));
  const { last } = FakeRequest;
  assert.equal(last.method, 'POST');
  assert.equal(last.url, 'https://hub.example.com/inbound/customer/v1/web-chat/c%2F1/files');
  assert.deepEqual(last.headers, { Authorization: 'WebBearer t0', 'Idempotency-Key': upload.id });
  assert.equal(last.body.get('file').name, 'note.txt');
  assert.equal(last.body.get('externalId'), upload.id);
});

test('its progress is told until the service has it, then it leaves the list', async () => {
  const upload = await add(file('note.txt'));
  FakeRequest.last.progress(1, 4);
  assert.deepEqual([upload.state, upload.progress], ['sending', 0.25]);
  await FakeRequest.last.answer(200, KEPT);
  assert.deepEqual(seen, ['waiting 0', 'sending 0', 'sending 0.25', 'sent 1']);
  assert.deepEqual(uploads.list, []);
  assert.deepEqual(sent, ['c2']);
});

test('files go one after the other', async () => {
  await add(file('a.txt'));
  await add(file('b.txt'));
  assert.equal(FakeRequest.all.length, 1);
  await FakeRequest.last.answer(200, KEPT);
  assert.equal(FakeRequest.all.length, 2);
  assert.equal(FakeRequest.last.body.get('file').name, 'b.txt');
});

test('what cannot be sent is known before anything is sent', async () => {
  const refused = [
    [file('a.txt', { size: 0 }), strings.fileEmpty],
    [file('a.png', { size: 1024 * 1024 + 1 }), filled(strings.fileTooLargeFor, { megabytes: 1 })],
    [file('a.html', { type: 'text/html' }), strings.fileNotTaken],
    [file('a.svg', { type: 'image/svg+xml' }), strings.fileNotTaken],
    [file('setup.exe'), strings.fileNotTaken],
    [file('photo.heic', { type: 'image/heic' }), strings.fileNotTaken],
  ];
  for (const [given, reason] of refused) {
    const upload = await add(given);
    assert.deepEqual([upload.state, upload.error], ['refused', reason], given.name);
  }
  assert.equal(FakeRequest.all.length, 0);
});

test('what may be sent is: by its ending, by its type, or when neither says anything', async () => {
  for (const given of [file('A.PDF'), file('x', { type: 'image/png' }), file('notes'), file('r.docx')]) {
    await add(given);
    await FakeRequest.last.answer(200, KEPT);
  }
  assert.equal(sent.length, 4);
  assert.ok(ACCEPT.split(',').includes('.docx'));
});

test('after a broken connection it is sent again under the same key', async () => {
  const upload = await add(file('a.txt'));
  await FakeRequest.last.answer(0);
  assert.equal(upload.state, 'waiting');
  await pass(1000);
  assert.equal(FakeRequest.all.length, 2);
  assert.equal(FakeRequest.last.headers['Idempotency-Key'], upload.id);
  await FakeRequest.last.answer(200, KEPT);
  assert.deepEqual(sent, ['c2']);
});

test('an answer that cannot be understood is none', async () => {
  const upload = await add(file('a.txt'));
  Object.assign(FakeRequest.last, { status: 200, responseText: '<html>' });
  FakeRequest.last.onloadend();
  await settle();
  assert.equal(upload.state, 'waiting');
});

async function loseAll() {
  for (let attempt = 0; attempt < 4; attempt += 1) {
    await FakeRequest.last.answer(0);
    await pass(8000);
  }
}

test('in the end it fails with a reason; the visitor, or the network, has it tried again', async () => {
  const upload = await add(file('a.txt'));
  await loseAll();
  assert.deepEqual([upload.state, upload.error], ['failed', strings.fileNoConnection]);
  assert.equal(FakeRequest.all.length, 4);
  uploads.retry(upload.id);
  await settle();
  assert.equal(FakeRequest.last.headers['Idempotency-Key'], upload.id);
  await loseAll();
  assert.equal(upload.state, 'failed');
  uploads.wake();
  await settle();
  await FakeRequest.last.answer(200, KEPT);
  assert.deepEqual(sent, ['c2']);
});

test('a failed file does not hold up the next one', async () => {
  await add(file('a.txt'));
  await add(file('b.txt'));
  await loseAll();
  assert.equal(FakeRequest.last.body.get('file').name, 'b.txt');
});

test('a wait for the next try ends when the service can be reached', async () => {
  await add(file('a.txt'));
  await FakeRequest.last.answer(503, {}, { 'Retry-After': '3600' });
  assert.equal(FakeRequest.all.length, 1);
  uploads.wake();
  await settle();
  assert.equal(FakeRequest.all.length, 2);
});

test('a refusal is told in friendly words and not repeated', async () => {
  const told = Object.entries({
    202: strings.fileDamaged, 206: strings.fileNotTaken, 207: strings.fileTooLarge, 5501: strings.nobodyAnswers, 8500: strings.fileRefused,
  });
  for (const [code, reason] of told) {
    const upload = await add(file('a.txt'));
    await FakeRequest.last.answer(400, refusal(Number(code)));
    assert.deepEqual([upload.state, upload.error], ['refused', reason]);
    uploads.retry(upload.id);
    await pass(60000);
  }
  assert.equal(FakeRequest.all.length, told.length);
});

test('too many files fail with their reason and can be tried again', async () => {
  const upload = await add(file('a.txt'));
  await FakeRequest.last.answer(429, refusal(107), { 'Retry-After': '30' });
  assert.deepEqual([upload.state, upload.error], ['failed', strings.tooManyFiles]);
});

test('a token that is refused is renewed, and the file sent with the new one', async () => {
  await add(file('a.txt'));
  await FakeRequest.last.answer(401, refusal(102));
  assert.equal(FakeRequest.last.headers.Authorization, 'WebBearer t1');
  await FakeRequest.last.answer(200, KEPT);
  assert.deepEqual(sent, ['c2']);
});

test('a cancelled file is not sent any further and the next one goes', async () => {
  const first = await add(file('a.txt'));
  await add(file('b.txt'));
  const request = FakeRequest.last;
  uploads.cancel(first.id);
  await settle();
  assert.ok(request.isAborted);
  assert.equal(first.state, 'cancelled');
  assert.deepEqual(uploads.list.map(({ name }) => name), ['b.txt']);
  assert.equal(FakeRequest.last.body.get('file').name, 'b.txt');
  await pass(60000);
  assert.equal(FakeRequest.all.length, 2);
});

test('one that is cancelled while its token is fetched is never sent', async () => {
  const upload = uploads.add(file('a.txt'));
  uploads.cancel(upload.id);
  await settle();
  assert.equal(FakeRequest.all.length, 0);
  assert.equal(upload.state, 'cancelled');
});

test('a connection that stands still for a minute is given up and the file sent again', async () => {
  await add(file('a.txt'));
  await pass(59000);
  FakeRequest.last.progress(1, 2);
  await pass(59000);
  assert.ok(!FakeRequest.last.isAborted);
  await pass(1000);
  assert.ok(FakeRequest.all[0].isAborted);
  await pass(1000);
  assert.equal(FakeRequest.all.length, 2);
});

test('when the page ends nothing is left running', async () => {
  await add(file('a.txt'));
  await add(file('b.txt'));
  uploads.stop();
  await pass(100000);
  assert.deepEqual(FakeRequest.all.map(({ isAborted }) => isAborted), [true]);
  assert.deepEqual(uploads.list, []);
  assert.ok(!seen.slice(3).includes('sending 0'));
});

test('without a conversation a file is refused in friendly words', async () => {
  const failing = new Uploads({
    endpoint: '', tokens: { with: async (call) => call('t') }, onChange: () => {}, makeRequest: () => new FakeRequest(),
    ensureConversation: async () => { throw new ApiError(404, { code: 6500 }); },
  });
  const upload = failing.add(file('a.txt'));
  await settle();
  assert.deepEqual([upload.state, upload.error], ['refused', strings.fileRefused]);
});
