import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { watchClock } from '../../webchat/src/clockwatch.js';

test('a jump of the clock is noticed, ticks that come in time are not, and the watch ends', () => {
  mock.timers.enable({ apis: ['setInterval', 'Date'], now: 1000000 });
  const abort = new AbortController();
  let jumps = 0;
  watchClock(() => (jumps += 1), abort.signal);
  mock.timers.tick(60000);
  assert.equal(jumps, 0);
  mock.timers.setTime(Date.now() + 3600000);
  mock.timers.tick(5000);
  assert.equal(jumps, 1);
  abort.abort();
  mock.timers.setTime(Date.now() + 3600000);
  mock.timers.tick(5000);
  assert.equal(jumps, 1);
});
