import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { ApiError } from '../../webchat/src/api.js';
import { EventSocket } from '../../webchat/src/socket.js';
import { FakeSocket, settle } from './fakes.mjs';

globalThis.WebSocket = FakeSocket;

let socket;
let seen;
let prepare;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: 1000000 });
  FakeSocket.all = [];
  seen = { activities: [], states: [], codes: [], failures: [] };
  prepare = async () => ({ url: 'ws://x', protocols: ['p'] });
  socket = new EventSocket({
    prepare: () => prepare(),
    onActivity: (activity) => seen.activities.push(activity),
    onState: (state) => seen.states.push(state),
    onClosed: (code) => seen.codes.push(code),
    onFailed: (error) => seen.failures.push(error),
  });
});

async function pass(milliseconds) {
  mock.timers.tick(milliseconds);
  await settle();
}

async function connect() {
  socket.start();
  await settle();
  FakeSocket.last.open();
}

test('activities are passed on, pings, errors and nonsense are not', async () => {
  await connect();
  [{ type: 'ping' }, { error: '[ENG000102]: x' }, null, 5, { type: 'message', eventId: 1 }].forEach((frame) => {
    FakeSocket.last.send(frame);
  });
  FakeSocket.last.onmessage({ data: 'not json' });
  assert.deepEqual(seen.activities.filter((one) => one.eventId), [{ type: 'message', eventId: 1 }]);
  assert.deepEqual(seen.states, ['connecting', 'open']);
});

test('a lost connection comes back within half a second, and tells its code', async () => {
  await connect();
  FakeSocket.last.send({ type: 'ping' });
  FakeSocket.last.end(4401);
  await pass(500);
  assert.deepEqual(seen.codes, [4401]);
  assert.equal(FakeSocket.all.length, 2);
});

test('forty seconds of silence are a dead connection', async () => {
  await connect();
  await pass(39000);
  FakeSocket.last.send({ type: 'ping' });
  await pass(39000);
  assert.equal(FakeSocket.all.length, 1);
  await pass(1000);
  await pass(500);
  assert.equal(FakeSocket.all.length, 2);
  assert.equal(FakeSocket.all[0].isClosed, true);
});

test('a service that takes connections and closes them is not stormed', async () => {
  mock.method(Math, 'random', () => 0.99);
  socket.start();
  for (let second = 0; second < 60; second += 1) {
    await settle();
    if (FakeSocket.last.onclose) {
      FakeSocket.last.open();
      FakeSocket.last.end(4404);
    }
    await pass(1000);
  }
  mock.restoreAll();
  assert.ok(FakeSocket.all.length < 12, `${FakeSocket.all.length} connections in a minute`);
});

test('a failed preparation is tried again when it may pass, and ends the connection when not', async () => {
  prepare = async () => {
    throw new ApiError(503);
  };
  socket.start();
  await settle();
  assert.equal(socket.state, 'connecting');
  prepare = async () => {
    throw new ApiError(403);
  };
  await pass(500);
  assert.equal(socket.state, 'stopped');
  assert.equal(seen.failures[0].status, 403);
});

test('waking ends a wait, and renews a connection that has been quiet', async () => {
  await connect();
  socket.wake();
  assert.equal(FakeSocket.all.length, 1);
  await pass(21000);
  socket.wake();
  await settle();
  assert.equal(FakeSocket.all.length, 2);
  FakeSocket.last.end(1006);
  socket.wake();
  await settle();
  assert.equal(FakeSocket.all.length, 3);
});

test('nothing of a stopped connection is heard any more', async () => {
  await connect();
  socket.stop();
  assert.equal(FakeSocket.last.onmessage, null);
  await pass(60000);
  assert.equal(FakeSocket.all.length, 1);
});
