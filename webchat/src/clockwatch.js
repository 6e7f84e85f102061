const TICK_MS = 5000;
const JUMP_MS = 15000;

/**
 * Timers stand still while a computer sleeps, and so the clock jumps between two ticks.
 * @param {function(): void} onJump
 * @param {AbortSignal} signal ends the watch
 */
export function watchClock(onJump, signal) {
  let last = Date.now();
  const timer = setInterval(() => {
    const now = Date.now();
    if (now - last > JUMP_MS) onJump();
    last = now;
  }, TICK_MS);
  signal.addEventListener('abort', () => clearInterval(timer));
}
