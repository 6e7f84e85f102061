// Tells the customer that an agent is typing, or has seen what was said. Whether that worked is nobody's worry.

const AGAIN = 8000; // milliseconds after which typing is told anew
const STILL = 10000; // milliseconds without a key after which nobody types any more

/** Whether a draft is an answer to the customer, and not a command or the first colon of one. */
const isAnswer = (text) => !/^\s*(:?$|::)/.test(text);

/** `send(id, {type, eventId})` returns a promise. */
export function createSignals(send) {
  const seen = new Map(); // id of a conversation -> the newest eventId that was told
  let typing = null; // the conversation whose customer counts somebody as typing
  let told = 0;
  let still = 0;
  let underway = null;

  const quietly = (id, content) => send(id, content).catch(() => null);

  function forget() {
    clearTimeout(still);
    typing = null;
    told = 0;
  }

  function stop() {
    if (typing) quietly(typing, { type: 'typing_off' });
    forget();
  }

  function tellTyping(id) {
    typing = id;
    told = Date.now();
    const mine = quietly(id, { type: 'typing_on' });
    underway = mine;
    mine.then(() => {
      if (underway === mine) underway = null;
    });
  }

  return {
    stop,
    /** The draft of a conversation has changed. */
    wrote(id, text) {
      if (typing !== id || !isAnswer(text)) stop();
      if (!isAnswer(text)) return;
      clearTimeout(still);
      still = setTimeout(stop, STILL);
      if (typing !== id || Date.now() - told >= AGAIN) tellTyping(id);
    },
    /** The answer itself ends the typing, except when the signal may arrive behind it. */
    sent(id) {
      if (underway) underway.then(() => typing !== id && quietly(id, { type: 'typing_off' }));
      forget();
    },
    /** What the customer said last was looked at; `eventId` is told once. */
    saw(id, eventId) {
      if (eventId <= (seen.get(id) || 0)) return;
      seen.set(id, eventId);
      quietly(id, { type: 'seen', eventId });
    },
  };
}
