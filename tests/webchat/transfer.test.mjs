import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { ServiceClock } from '../../webchat/src/clock.js';
import { Store } from '../../webchat/src/store.js';
import { Transfers, readTransfer } from '../../webchat/src/transfer.js';
import { FakeStorage } from './fakes.mjs';

const NOW = 10000000;

let clock;
let store;
let gone;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ['Date'], now: NOW });
  store = new Store('p:', new FakeStorage());
  clock = new ServiceClock(store);
  gone = [];
  globalThis.document = { hidden: false };
  globalThis.location = { origin: 'https://shop.example' };
});

const make = () => new Transfers({ store, clock, go: (url) => gone.push(url) });
const forced = (url = 'https://shop.example/a', mount = -1) => ({ url, mount, label: '', force: true });
const event = (payload, payloadType = 'hubster.transfer') => ({ type: 'payload', payloadType, payload });

test('a transfer is read with its defaults', () => {
  assert.deepEqual(readTransfer(event({ url: 'https://a.example/', label: 'Go', mount: 1000, force: true })),
    { url: 'https://a.example/', label: 'Go', mount: 1000, force: true });
  assert.deepEqual(readTransfer(event({ url: 'http://a.example/' })),
    { url: 'http://a.example/', label: '', mount: null, force: false });
  assert.equal(readTransfer(event({ url: 'https://a.example/', force: 'true' })).force, false);
  assert.equal(readTransfer(event({ url: 'https://a.example/', mount: 'soon' })).mount, null);
  assert.equal(readTransfer(event({ url: 'https://a.example/', mount: -1000 })).mount, -1);
});

test('a payload of any shape is read without a fault', () => {
  const odd = { toString: 1, valueOf: 1 };
  assert.deepEqual(readTransfer(event({ url: 'https://a.example/', label: odd, mount: odd, force: odd })),
    { url: 'https://a.example/', label: '', mount: null, force: false });
});

test('what leads to no web address is none', () => {
  ['javascript:alert(1)', 'data:text/html,x', 'vbscript:x', 'file:///etc/passwd', '', null, 5, {}].forEach((url) => {
    assert.equal(readTransfer(event({ url, force: true })), null, String(url));
  });
  assert.equal(readTransfer(event({ url: 'https://a.example' }, 'mine')), null);
  assert.equal(readTransfer({ type: 'payload', payloadType: 'hubster.transfer' }), null);
});

test('only a forced one goes, and only once, on this page and the next', () => {
  make().receive({ ...forced(), force: false }, NOW + 1);
  assert.deepEqual(gone, []);
  const transfers = make();
  transfers.receive(forced(), NOW + 1);
  transfers.receive(forced(), NOW + 1);
  make().receive(forced(), NOW + 1);
  assert.deepEqual(gone, ['https://shop.example/a']);
});

test('one from long before the page listened does not go', () => {
  make().receive(forced(), NOW - 10000);
  assert.deepEqual(gone, []);
});

for (const minutes of [60, -60]) {
  test(`the service's clock counts where the visitor's is wrong by ${minutes} minutes`, () => {
    mock.timers.setTime(NOW + 3600000 + minutes * 60000);
    const serviceNow = NOW + 3600000;
    clock.learn(serviceNow);
    make().receive(forced('https://shop.example/old'), serviceNow - 10000);
    assert.deepEqual(gone, []);
    make().receive(forced(), serviceNow + 1);
    clock = new ServiceClock(store); // of the next page, where nothing was said yet
    make().receive(forced('https://shop.example/next'), serviceNow + 2);
    assert.deepEqual(gone, ['https://shop.example/a', 'https://shop.example/next']);
  });
}

test('a hidden tab waits, and leaves it to the tab that went', () => {
  const [one, two] = [make(), make()];
  document.hidden = true;
  one.receive(forced(), NOW + 1);
  two.receive(forced(), NOW + 1);
  assert.deepEqual(gone, []);
  document.hidden = false;
  one.goOn();
  two.goOn();
  assert.equal(gone.length, 1);
});

test('the chat opens or stays closed on the next page of the same site, once, and not much later', () => {
  make().receive(forced('https://shop.example/b', 500), NOW + 1);
  assert.equal(make().takeMount(), 500);
  assert.equal(make().takeMount(), null);
  make().leave(forced('https://other.example/b', 500));
  assert.equal(make().takeMount(), null);
  make().leave(forced('https://shop.example/b', null));
  assert.equal(make().takeMount(), null);
  make().leave(forced('https://shop.example/b', -1));
  assert.equal(make().takeMount(), -1);
  make().leave(forced('https://shop.example/b', 0));
  mock.timers.tick(5 * 60000);
  assert.equal(make().takeMount(), null);
});
