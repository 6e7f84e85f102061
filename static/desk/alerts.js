// The count in the title, and a short sound if wanted.

import { find, icon } from './dom.js';
import { gettext } from './text.js';

const button = find('sound');
const title = document.title;
let wanted = false;
let audio = null;

export function showCount(count) {
  const badge = find('unanswered');
  badge.textContent = count > 99 ? '99+' : String(count);
  badge.hidden = !count;
  document.title = count ? `(${badge.textContent}) ${title}` : title;
}

function draw() {
  const words = wanted ? gettext('Sound for new messages: on') : gettext('Sound for new messages: off');
  button.setAttribute('aria-pressed', String(wanted));
  button.title = words;
  button.firstElementChild.replaceWith(icon(wanted ? 'bell' : 'bell-off'));
}

/** Two soft tones. */
export function ring() {
  if (!wanted || !audio) return;
  [660, 880].forEach((pitch, place) => {
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    const start = audio.currentTime + place * 0.12;
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.08, start);
    volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.25);
    tone.connect(volume).connect(audio.destination);
    tone.start(start);
    tone.stop(start + 0.26);
  });
}

button.addEventListener('click', () => {
  wanted = !wanted;
  audio = audio || new AudioContext(); // browsers allow sound only after a click, so it starts here
  draw();
  ring();
});
