import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { deskModule } from './desk-modules.mjs';

let sockets; // all that were opened
let states; // what the page was told
let frames; // what it was given

class FakeSocket {
  constructor(address) {
    this.address = address;
    sockets.push(this);
  }

  close() {}
}

globalThis.location = new URL('https://hub.example/admin/desk/');
globalThis.addEventListener = () => {};
globalThis.WebSocket = FakeSocket;
const { listen } = await deskModule('socket.js');

const settled = () => new Promise((resolve) => { setImmediate(resolve); });

function opened(stillIn = async () => false) {
  listen('/admin/desk/events', (frame) => frames.push(frame), (state) => states.push(state), stillIn);
  return sockets[0];
}

const say = (socket, frame) => socket.onmessage({ data: JSON.stringify(frame) });

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ['setTimeout'] });
  [sockets, states, frames] = [[], [], []];
});

test('a desk is live when the server has greeted it, not before', () => {
  const socket = opened();
  socket.onopen();
  assert.deepEqual(states, []);
  say(socket, {});
  assert.deepEqual([states, frames], [['live'], []]);
  say(socket, { conversations: ['ada'] });
  assert.deepEqual([states, frames], [['live'], [{ conversations: ['ada'] }]]);
});

test('a session that is over is told and not tried again', async () => {
  const socket = opened();
  say(socket, {});
  socket.onclose({ code: 4401 });
  await settled();
  mock.timers.tick(60000);
  assert.deepEqual([states, sockets.length], [['live', 'out'], 1]);
});

test('a session that was replaced by another of the same person goes on', async () => {
  const socket = opened(async () => true);
  say(socket, {});
  socket.onclose({ code: 4401 });
  await settled();
  mock.timers.tick(1000);
  assert.equal(sockets.length, 2);
  say(sockets[1], {});
  assert.deepEqual(states, ['live', 'connecting', 'live']);
});

test('every other end is tried again', () => {
  const socket = opened();
  say(socket, {});
  socket.onclose({ code: 4500 });
  mock.timers.tick(1000);
  assert.equal(sockets.length, 2);
});
