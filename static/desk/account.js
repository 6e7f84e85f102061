// Who is logged in, and the menu below: it closes on Escape and on a press elsewhere.

import { find } from './dom.js';
import { initials } from './names.js';

const account = find('account');
const summary = account.querySelector('summary');

find('account-face').textContent = initials(find('account-name').textContent);
document.addEventListener('click', (event) => {
  if (!account.contains(event.target)) account.open = false;
});
account.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || !account.open) return;
  event.stopPropagation(); // closes the menu, not the conversation
  account.open = false;
  summary.focus();
});
