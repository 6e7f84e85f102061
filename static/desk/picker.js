// The list of commands that opens when an answer begins with two colons.

import { build, find } from './dom.js';
import { fitting } from './fitting.js';

const KINDS = { response: 'Response', transfer: 'Page', service: 'Your service', 'built-in': 'Built in' };
const FRESH = 30000; // milliseconds for which a list counts

const list = find('picker');
const status = find('picker-status');

function showOption(row, place) {
  return build(
    'li',
    { role: 'option', id: `pick-${place}`, 'aria-selected': 'false', 'data-place': place },
    build('span', { class: 'pick-name' }, row.name),
    build('span', { class: 'pick-kind' }, [KINDS[row.kind], row.category].filter(Boolean).join(' · ')),
    build('code', { class: 'pick-usage' }, row.usage),
    build('span', { class: 'pick-about' }, [row.description, row.preview && `“${row.preview}”`].filter(Boolean).join(' ')),
  );
}

/** `load()` returns a promise of the rows; `chosen(text)` gets what is to be typed. */
export function createPicker(field, load, chosen) {
  let rows = [];
  let loaded = -Infinity;
  let shown = [];
  let active = 0;
  let dismissed = false;

  function mark(place) {
    list.children[active]?.setAttribute('aria-selected', 'false');
    active = (place + shown.length) % shown.length;
    const option = list.children[active];
    option.setAttribute('aria-selected', 'true');
    option.scrollIntoView({ block: 'nearest' });
    field.setAttribute('aria-activedescendant', option.id);
  }

  function hide() {
    if (list.hidden) return;
    list.hidden = true;
    shown = [];
    status.textContent = '';
    field.removeAttribute('aria-activedescendant');
  }

  function draw() {
    const found = field.value.startsWith('::') && !dismissed ? fitting(rows, field.value) : [];
    if (!found.length) {
      hide();
      return;
    }
    shown = found;
    active = 0;
    list.replaceChildren(...found.map(showOption));
    list.hidden = false;
    status.textContent = `${found.length} command${found.length > 1 ? 's' : ''}. Arrow keys choose, Enter takes one, Escape closes.`;
    list.scrollTop = 0;
    mark(0);
  }

  /** Asks again after a while, because a manager may have added some; without an answer it is typed by hand. */
  function refresh() {
    if (performance.now() - loaded < FRESH) return;
    loaded = performance.now();
    load().then(
      (found) => {
        rows = found;
        draw();
      },
      () => {
        loaded = -Infinity;
      },
    );
  }

  function choose(place) {
    const { kind, usage } = shown[place];
    hide();
    chosen(kind === 'service' ? `${usage} ` : usage);
  }

  const keys = {
    ArrowDown: () => mark(active + 1),
    ArrowUp: () => mark(active - 1),
    Enter: () => choose(active),
    Tab: () => choose(active),
    Escape: () => {
      dismissed = true;
      hide();
    },
  };

  list.addEventListener('mousedown', (event) => event.preventDefault()); // the field keeps the focus
  list.addEventListener('click', (event) => {
    const option = event.target.closest('[data-place]');
    if (option) choose(Number(option.dataset.place));
  });
  field.addEventListener('blur', hide);

  return {
    /** After every change of the field. */
    look() {
      if (!field.value.startsWith('::')) dismissed = false;
      else refresh();
      draw();
    },
    /** Another conversation has other commands. */
    forget() {
      rows = [];
      loaded = -Infinity;
      hide();
    },
    /** Whether the picker took the key. */
    press(event) {
      if (list.hidden || !keys[event.key] || event.shiftKey || event.isComposing) return false;
      event.preventDefault();
      event.stopPropagation(); // Escape closes the picker, not the conversation
      keys[event.key]();
      return true;
    },
  };
}
