// The socket that says what to read again. It reconnects by itself, with growing, random waits.

const FIRST = 500; // milliseconds
const LONGEST = 15000;
const LOGGED_OUT = 4401;
const SILENCE = 40000; // the server sends a sign of life every 15 seconds

/**
 * @param {string} path
 * @param {(frame: object) => void} onFrame
 * @param {(state: 'connecting'|'live'|'offline'|'out') => void} onState  `out`: one must log in again
 * @param {() => Promise<boolean>} stillIn  asked when the session that the socket began with is over: it may have been
 *     replaced, which is what a new password does in the browser where it was set
 */
export function listen(path, onFrame, onState, stillIn) {
  const address = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${path}`;
  let socket = null;
  let failures = 0;
  let retry = 0;
  let watch = 0;

  function open() {
    clearTimeout(retry);
    const mine = new WebSocket(address);
    let greeted = false;
    socket = mine;
    mine.onopen = alive;
    mine.onmessage = (event) => {
      alive();
      if (greeted) onFrame(JSON.parse(event.data));
      else failures = 0; // the first frame says that the server has let us in and listens
      if (!greeted) onState('live');
      greeted = true;
    };
    mine.onclose = (event) => {
      if (socket === mine) lost(event.code);
    };
  }

  function alive() {
    clearTimeout(watch);
    watch = setTimeout(renew, SILENCE);
  }

  function lost(code) {
    clearTimeout(watch);
    socket = null;
    if (code === LOGGED_OUT) stillIn().then((yes) => (yes ? later() : onState('out')));
    else later();
  }

  function later() {
    failures += 1;
    onState(failures > 1 ? 'offline' : 'connecting');
    const wait = Math.min(LONGEST, FIRST * 2 ** (failures - 1));
    retry = setTimeout(open, wait / 2 + (Math.random() * wait) / 2);
  }

  /** A silent or doubtful socket is given up at once: after sleep or a change of network it may never notice. */
  function renew() {
    const old = socket;
    socket = null;
    if (old) old.close();
    failures = 0;
    onState('connecting');
    open();
  }

  addEventListener('online', renew);
  addEventListener('offline', () => onState('offline'));
  open();
}
