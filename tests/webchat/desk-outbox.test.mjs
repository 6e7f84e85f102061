import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { deskModule } from './desk-modules.mjs';
import { FakeStorage, settle } from './fakes.mjs';

const { createOutbox } = await deskModule('outbox.js');

let sent; // what was given to the server: { id, text, key, answer(), fail(fault) }
let drawn; // the states of a conversation's entries at every drawing
let outbox;

function send(id, text, key) {
  return new Promise((answer, fail) => {
    sent.push({ id, text, key, answer: () => answer({ activity: { id: key } }), fail });
  });
}

const lost = () => Object.assign(new Error('The server answered with 502.'), { offline: true });
const refused = () => Object.assign(new Error('Nobody can answer here.'), { offline: false });
const states = (id) => outbox.of(id).map(({ text, state }) => `${text}: ${state}`);
const texts = () => sent.map(({ text }) => text);

async function answer(place) {
  sent[place].answer();
  await settle();
}

async function fail(place, fault) {
  sent[place].fail(fault);
  await settle();
}

beforeEach(() => {
  globalThis.sessionStorage = new FakeStorage();
  sent = [];
  drawn = [];
  outbox = createOutbox(send, (id) => drawn.push([id, ...states(id)]));
});

test('what one request could not bring goes out at the next sign of life, under its key and before what is behind it', async () => {
  outbox.add('ada', 'one');
  await fail(0, lost());
  outbox.add('ada', 'two');
  assert.deepEqual(states('ada'), ['one: failed', 'two: failed']);
  outbox.resume();
  await answer(1);
  await answer(2);
  assert.deepEqual(texts(), ['one', 'one', 'two']);
  assert.equal(sent[1].key, sent[0].key);
  assert.deepEqual(states('ada'), []);
});

test('signs of life send nothing twice', async () => {
  outbox.add('ada', 'one');
  outbox.resume();
  outbox.resume();
  await answer(0);
  outbox.resume();
  assert.deepEqual(texts(), ['one']);
});

test('what was refused waits for the agent', async () => {
  outbox.add('ada', 'one');
  await fail(0, refused());
  outbox.resume();
  assert.deepEqual(texts(), ['one']);
  assert.deepEqual(states('ada'), ['one: failed']);
});

test('what is sent again is drawn so', async () => {
  outbox.add('ada', 'one');
  await fail(0, lost());
  outbox.resume();
  assert.deepEqual(drawn.at(-1), ['ada', 'one: sending']);
});

test('a late press of Discard takes nothing away that is being sent, and nothing else either', async () => {
  outbox.add('ada', 'one');
  await fail(0, lost());
  outbox.add('bob', 'other');
  await fail(1, refused());
  outbox.resume();
  outbox.discard(outbox.of('ada')[0]);
  assert.deepEqual(states('ada'), ['one: sending']);
  await answer(2);
  assert.deepEqual(states('ada'), []);
  assert.deepEqual(states('bob'), ['other: failed']);
});

test('a second press of Discard takes nothing else away', async () => {
  outbox.add('ada', 'one');
  await fail(0, refused());
  outbox.add('bob', 'other');
  await fail(1, refused());
  const [entry] = outbox.of('ada');
  outbox.discard(entry);
  outbox.discard(entry);
  assert.deepEqual(states('bob'), ['other: failed']);
});

test('when what was refused is discarded, what was written meanwhile goes out', async () => {
  outbox.add('ada', 'one');
  outbox.add('ada', 'two');
  await fail(0, refused());
  outbox.discard(outbox.of('ada')[0]);
  await answer(1);
  assert.deepEqual(texts(), ['one', 'two']);
  assert.deepEqual(states('ada'), []);
});

test('what an earlier page left is sent under its key', async () => {
  outbox.add('ada', 'one');
  await fail(0, lost());
  outbox = createOutbox(send, () => {});
  outbox.resume();
  await answer(1);
  assert.equal(sent[1].key, sent[0].key);
  assert.deepEqual(createOutbox(send, () => {}).of('ada'), []);
});
