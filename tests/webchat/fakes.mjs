/** A Storage whose keys are its own properties, as a browser's are. */
export class FakeStorage {
  getItem(key) {
    return Object.hasOwn(this, key) ? this[key] : null;
  }

  setItem(key, value) {
    this[key] = String(value);
  }

  removeItem(key) {
    delete this[key];
  }
}

/** A WebSocket that the test drives; the last one made is FakeSocket.last. */
export class FakeSocket {
  constructor(url, protocols) {
    Object.assign(this, { url, protocols, isClosed: false });
    FakeSocket.all.push(this);
  }

  static get last() {
    return FakeSocket.all.at(-1);
  }

  close() {
    this.isClosed = true;
  }

  open() {
    this.onopen();
  }

  send(frame) {
    this.onmessage({ data: JSON.stringify(frame) });
  }

  end(code) {
    this.onclose({ code });
  }
}
FakeSocket.all = [];

/** Lets everything that waits for a promise only go on. */
export async function settle() {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}
