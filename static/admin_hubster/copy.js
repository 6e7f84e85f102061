// Buttons that copy: what `data-copy` selects, or without it the element before the button.
const SHOWN = 2500; // milliseconds for which a button says that it copied

function source(button) {
  return button.dataset.copy ? document.querySelector(button.dataset.copy) : button.previousElementSibling;
}

// The clipboard's own interface works on https and on this machine only; the old way works everywhere else.
async function write(element) {
  try {
    await navigator.clipboard.writeText(element.textContent);
    return true;
  } catch (error) {
    getSelection().selectAllChildren(element);
    return document.execCommand('copy');
  }
}

function announce(words) {
  let status = document.getElementById('copy-status');
  if (!status) {
    status = Object.assign(document.createElement('div'), { id: 'copy-status', className: 'hub-unseen' });
    status.setAttribute('role', 'status');
    document.body.append(status);
  }
  status.textContent = ''; // the same words again are news again
  requestAnimationFrame(() => { status.textContent = words; });
}

async function copy(button) {
  const found = source(button);
  if (!found) return;
  const words = await write(found) ? button.dataset.copied : button.dataset.failed;
  const label = button.firstElementChild;
  if (!button.label) button.label = label.textContent;
  label.textContent = words;
  announce(words);
  clearTimeout(button.timer);
  button.timer = setTimeout(() => { label.textContent = button.label; }, SHOWN);
}

document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-copy]');
  if (button) copy(button);
});
