import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { watchClock } from '../../webchat/src/clockwatch.js';

test('a jump of the clock is noticed, ticks that come in time are not, and the watch ends', () => {
  mock.timers.enable({ apis: ['setInterval'] });
  let now = 1000000;
  mock.method(Date, 'now', () => now);
  const pass = (milliseconds) => {
    now += milliseconds;
    mock.timers.tick(5000);
  };
  const abort = new AbortController();
  let jumps = 0;
  watchClock(() => (jumps += 1), abort.signal);
  for (let tick = 0; tick < 12; tick += 1) pass(5000);
  assert.equal(jumps, 0);
  pass(3600000);
  assert.equal(jumps, 1);
  pass(5000);
  assert.equal(jumps, 1);
  abort.abort();
  pass(3600000);
  assert.equal(jumps, 1);
});
