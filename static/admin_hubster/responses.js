// The rows of a saved reply: add, remove, move up. Without this script there are empty rows at the end.
// The texts are on the list itself, translated by its template.
function button(text, work) {
  const made = document.createElement('button');
  made.type = 'button';
  made.className = 'hub-button hub-plain';
  made.textContent = text;
  made.addEventListener('click', work);
  return made;
}

function rowsOf(list) {
  return [...list.querySelectorAll('[data-row]')];
}

function renumber(list) {
  rowsOf(list).forEach((row, index) => {
    const label = (element, text) => element.setAttribute('aria-label', text.replace('{number}', index + 1));
    label(row.querySelector('select'), list.dataset.kindLabel);
    label(row.querySelector('textarea'), list.dataset.textLabel);
    const [up, remove] = row.querySelectorAll('button');
    up.disabled = index === 0;
    label(up, list.dataset.upLabel);
    label(remove, list.dataset.removeLabel);
  });
}

function equip(list, row) {
  const tools = document.createElement('div');
  tools.className = 'hub-message-tools';
  const up = button(list.dataset.up, () => {
    row.previousElementSibling?.before(row);
    renumber(list);
    (up.disabled ? row.querySelector('textarea') : up).focus();
  });
  const remove = button(list.dataset.remove, () => {
    const next = row.nextElementSibling || row.previousElementSibling;
    if (next) row.remove();
    else row.querySelector('textarea').value = '';
    renumber(list);
    (next || row).querySelector('textarea').focus();
  });
  tools.append(up, remove);
  row.append(tools);
}

function blank(list) {
  const row = rowsOf(list)[0].cloneNode(true);
  row.querySelector('select').selectedIndex = 0;
  const text = row.querySelector('textarea');
  text.removeAttribute('id');
  text.value = '';
  text.textContent = '';
  text.rows = 2;
  row.querySelector('.hub-message-tools').remove();
  return row;
}

function start(list) {
  const rows = rowsOf(list);
  rows.slice(1).filter((row) => !row.querySelector('textarea').value).forEach((row) => row.remove());
  rowsOf(list).forEach((row) => equip(list, row));
  list.after(button(list.dataset.add, () => {
    const row = blank(list);
    equip(list, row);
    list.append(row);
    renumber(list);
    row.querySelector('textarea').focus();
  }));
  renumber(list);
}

document.addEventListener('DOMContentLoaded', () => document.querySelectorAll('[data-rows]').forEach(start));
