// The choice of one hub, from what the server says there is.

import { build, find } from './dom.js';
import { gettext } from './text.js';

/** `choose(id)` is called with the hub chosen, '' for all. */
export function createHubChoice(choose) {
  const field = find('hub');
  let known = '';

  field.addEventListener('change', () => choose(field.value));

  return {
    /** `hubs`: id and name of each; one that is chosen and no longer there gives way to all. */
    show(hubs) {
      const mark = JSON.stringify(hubs);
      if (mark === known) return;
      known = mark;
      const chosen = field.value;
      const options = hubs.map(({ id, name }) => build('option', { value: id, dir: 'auto' }, name));
      field.replaceChildren(build('option', { value: '' }, gettext('All hubs')), ...options);
      field.hidden = hubs.length < 2;
      field.value = hubs.some(({ id }) => id === chosen) ? chosen : '';
      if (field.value !== chosen) choose(field.value);
    },
  };
}
