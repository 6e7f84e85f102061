import { SAMPLES } from './messages/samples.js';
import { withSettings } from './settings.js';
import { adoptLooks } from './view/looks.js';
import { Panel } from './view/panel.js';

const LOOK_MS = 500;

const nothing = () => {};
// Whatever a visitor could do does nothing here.
const ACTIONS = new Proxy({}, { get: () => nothing });
const SILENCE = { isAvailable: false };

/** The samples as the list of messages wants them. */
function makeItems() {
  const now = Date.now();
  return SAMPLES.map((sample, index) => ({
    ...sample, number: index, id: String(index), eventId: index + 1, time: now, revision: 1,
  }));
}

function show(root, config) {
  const panel = new Panel(config, ACTIONS, SILENCE);
  const before = root.querySelector('.panel');
  if (before) before.remove();
  root.append(panel.element);
  const timeline = { items: makeItems(), seenUpTo: 0 };
  panel.render({ status: '', blocked: '', uploads: [], timeline, typing: 'agent' }, null);
  panel.setOpen(true);
  return root.querySelector('.list');
}

/** Functions and circles in the host page's settings are no styles, and no reason to stop. */
function pictureOf(styles) {
  try {
    return JSON.stringify(styles);
  } catch (error) {
    return '';
  }
}

/**
 * The open window with a sample of everything, for whoever styles it. Talks to no server and stores nothing. What is
 * changed in HUBSTER_CONFIG.styles, in the browser's console for example, is shown at once.
 * @param {ShadowRoot} root
 * @param {import('./config.js').Config} given
 * @returns {{moveTo: function(ShadowRoot): void, destroy: function(): void}}
 */
export function startStyling(root, given) {
  const config = withSettings(given);
  let place = root;
  const setLooks = adoptLooks(root, {});
  const present = () => (config.host && config.host.styles) || config.styles || {};
  let shown = pictureOf(present());
  setLooks(present());
  show(root, { ...config, styles: present() }).scrollTop = 0;
  const timer = setInterval(() => {
    const found = pictureOf(present());
    if (found === shown) return;
    shown = found;
    setLooks(present());
    const { scrollTop } = place.querySelector('.list');
    show(place, { ...config, styles: present() }).scrollTop = scrollTop;
  }, LOOK_MS);
  return {
    moveTo(next) {
      place = next;
    },
    destroy: () => clearInterval(timer),
  };
}
