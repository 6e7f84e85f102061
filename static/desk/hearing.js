// What follows from the frames of the socket.

const SETTLE = 15000; // milliseconds; a server that has much to tell gives no signs of life between

/** @returns {(frame: object) => void} */
export function createHearing(book, outbox) {
  let settled = Date.now();

  return ({ conversations, hubs }) => {
    if (hubs) book.readHubs();
    if (conversations) book.readAgain(conversations);
    if ((conversations || hubs) && Date.now() - settled < SETTLE) return;
    settled = Date.now();
    book.settle();
    outbox.resume();
  };
}
