// For the new-export form alone, beside app.js; the form works without either.
(() => {
  const $ = (selector) => document.querySelector(selector);

  // The list of fields, narrowed to what is typed above it.
  const find = () => {
    const wanted = $('#find')?.value.trim().toLowerCase();
    document.querySelectorAll('#field-list .group').forEach((group) => {
      const fields = [...group.querySelectorAll('li')];
      fields.forEach((field) => { field.hidden = !field.textContent.toLowerCase().includes(wanted); });
      group.hidden = fields.every((field) => field.hidden);
    });
  };
  document.addEventListener('input', (event) => { if (event.target.id === 'find') find(); });
  document.addEventListener('htmx:afterSwap', find);

  // The options of the formats that are ticked; none is made twice.
  const formats = () => {
    const main = $('[name=format]:checked')?.value;
    const also = (key) => document.getElementById(`also-${key}`);
    document.querySelectorAll('[name=also]').forEach((box) => box.parentNode.classList.toggle('no-script', box.value === main));
    document.querySelectorAll('[data-format]').forEach(({dataset, classList}) => {
      classList.toggle('no-script', dataset.format !== main && !also(dataset.format).checked);
    });
  };
  document.addEventListener('change', ({target}) => { if (['format', 'also'].includes(target.name)) formats(); });

  // Enter beside a button of its own; elsewhere it presses the first one of the form.
  document.addEventListener('keydown', (event) => {
    const button = event.key === 'Enter' && event.target.dataset.enter;
    if (button) { event.preventDefault(); document.getElementById(button).click(); }
  });

  // A file that the server would refuse unread.
  document.addEventListener('change', ({target}) => {
    if (!target.dataset.most) return;
    const large = target.files[0]?.size > target.dataset.most;
    $('#too-large').hidden = !large;
    if (large) target.value = '';
  }, true);
})();
