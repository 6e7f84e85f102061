// The list of commands that opens when an answer begins with two colons.

import { bdi, build, find } from './dom.js';
import { fitting, isUnknown } from './fitting.js';
import { composes } from './keys.js';
import { fill, gettext, ngettext } from './text.js';

const KINDS = {
  response: gettext('Saved reply'),
  transfer: gettext('Page link'),
  service: gettext('Your service'),
  'built-in': gettext('Built-in'),
};
const FRESH = 30000; // milliseconds for which a list counts

const list = find('picker');
const status = find('picker-status');

function showOption(row, place) {
  return build(
    'li',
    { role: 'option', id: `pick-${place}`, 'aria-selected': 'false', 'data-place': place },
    bdi(row.name, { class: 'pick-name' }),
    build('span', { class: 'pick-kind' }, KINDS[row.kind], row.category && ' · ', row.category && bdi(row.category)),
    build('code', { class: 'pick-usage' }, row.usage),
    build('span', { class: 'pick-about' }, bdi(row.description), row.preview && ' “', row.preview && bdi(row.preview), row.preview && '”'),
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

  /** Read out; `seen`: and shown, in place of the list. */
  function tell(text, seen = false) {
    status.textContent = text;
    status.className = seen && text ? 'picker-none' : 'sr';
  }

  function hide() {
    if (list.hidden) return;
    list.hidden = true;
    shown = [];
    tell('');
    field.removeAttribute('aria-activedescendant');
  }

  function draw() {
    const found = field.value.startsWith('::') && !dismissed ? fitting(rows, field.value) : [];
    if (!found.length) {
      hide();
      tell(dismissed || !isUnknown(rows, field.value) ? '' : gettext('No matching command. Type :: to see all of them.'), true);
      return;
    }
    shown = found;
    active = 0;
    list.replaceChildren(...found.map(showOption));
    list.hidden = false;
    const count = fill(ngettext('%(count)s command.', '%(count)s commands.', found.length), { count: found.length });
    tell(`${count} ${gettext('Use the arrow keys to choose, Enter to insert, Escape to close.')}`);
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
      if (list.hidden || !keys[event.key] || event.shiftKey || composes(event)) return false;
      event.preventDefault();
      event.stopPropagation(); // Escape closes the picker, not the conversation
      keys[event.key]();
      return true;
    },
  };
}
