// What follows from the frames of the socket.

const SETTLE = 15000; // milliseconds; a server that has much to tell gives no signs of life between

/** @returns {(frame: object) => void} */
export function createEvents(store, outbox) {
  let settled = Date.now();

  return ({ conversations, hubs }) => {
    if (hubs) store.readHubs();
    if (conversations) store.readAgain(conversations);
    if ((conversations || hubs) && Date.now() - settled < SETTLE) return;
    settled = Date.now();
    store.settle();
    outbox.resume();
  };
}
