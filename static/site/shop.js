/* The basket counts what was put in; it lasts as long as the tab. */
(() => {
  const count = document.getElementById('basket');
  const announcement = document.getElementById('announcement');

  function read() {
    return Number(sessionStorage.getItem('basket')) || 0;
  }

  function show() {
    count.textContent = String(read());
  }

  document.querySelectorAll('.add').forEach((button) => {
    button.addEventListener('click', () => {
      sessionStorage.setItem('basket', String(read() + 1));
      show();
      announcement.textContent = `${button.dataset.name} is in the basket.`;
    });
  });
  show();
})();
