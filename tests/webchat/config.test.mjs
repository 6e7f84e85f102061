import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from '../../webchat/src/config.js';
import { withSettings } from '../../webchat/src/settings.js';

const ID = '00000000-0000-0000-0000-000000000023';
const ORIGIN = 'https://chat.example';

test('both endpoints default to the origin of the script', () => {
  const config = readConfig({ integrationId: ID }, ORIGIN);
  assert.equal(config.engineEndpoint, 'https://chat.example');
  assert.equal(config.eventsEndpoint, 'wss://chat.example');
});

test('endpoints keep their path and lose the last slash', () => {
  const endpoints = { engineEndpoint: 'http://a.example/engine/', eventsEndpoint: 'ws://b.example/events/' };
  const config = readConfig({ integrationId: ID, ...endpoints }, ORIGIN);
  assert.equal(config.engineEndpoint, 'http://a.example/engine');
  assert.equal(config.eventsEndpoint, 'ws://b.example/events');
});

test('an integration id is taken in any case, with or without dashes', () => {
  const id = 'b205b3ec-a9d7-4243-b88c-017533957dbe';
  assert.equal(readConfig({ integrationId: 'B205B3ECA9D74243B88C017533957DBE' }, ORIGIN).integrationId, id);
  assert.equal(readConfig({ integrationId: id.toUpperCase() }, ORIGIN).integrationId, id);
});

test('a missing or invalid integration id is told by its name', () => {
  assert.throws(() => readConfig(undefined, ORIGIN), /integrationId is missing/);
  assert.throws(() => readConfig({ integrationId: 'shop' }, ORIGIN), /integrationId is not a valid id: shop/);
});

test('an endpoint that is no web address is told by its name', () => {
  const host = { integrationId: ID, engineEndpoint: 'javascript:alert(1)' };
  assert.throws(() => readConfig(host, ORIGIN), /engineEndpoint is not a web address/);
});

test('the session lives a day unless a positive number says otherwise', () => {
  const ttl = (sessionTTL) => withSettings(readConfig({ integrationId: ID, sessionTTL }, ORIGIN)).sessionTTL;
  assert.equal(ttl(undefined), 1440);
  assert.equal(ttl('43200'), 43200);
  assert.equal(ttl(-5), 1440);
  assert.equal(ttl('soon'), 1440);
});

test('files have up to 10 MB unless a number says otherwise, and 0 is one', () => {
  const size = (filesSize) => withSettings(readConfig({ integrationId: ID, filesSize }, ORIGIN)).filesSize;
  assert.deepEqual([undefined, '25', 0, -1, 'large'].map(size), [10, 25, 0, 10, 10]);
});

test('looks and sound have their defaults', () => {
  const config = withSettings(readConfig({ integrationId: ID }, ORIGIN));
  const { styling, hidePoweredBy, sound, language } = config;
  assert.deepEqual({ styling, hidePoweredBy, sound, language },
    { styling: false, hidePoweredBy: false, sound: true, language: '' });
});
