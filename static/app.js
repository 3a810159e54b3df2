// Our only script. Everything works without it; it keeps live pages quiet, and adds keys and dialogs.
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const on = (name, act, capture) => document.addEventListener(name, act, capture);
  const say = (text) => { const place = $('#announce'); if (place) place.textContent = text; };
  const isPoll = (event) => event.target.matches?.('[data-poll]');

  // Polling: not in hidden tabs nor while paused; once at once on return.
  let paused = false;
  let failing = false;
  const label = () => $$('[data-live]').forEach((live) => {
    live.dataset.text ??= live.textContent;
    live.textContent = paused ? 'Paused' : failing ? 'Reconnecting' : live.dataset.text;
    live.classList.toggle('off', paused || failing);
  });
  const wake = () => { if (!document.hidden && !paused) $$('[data-poll]').forEach((poll) => htmx.trigger(poll, 'wake')); };
  on('visibilitychange', wake);
  on('htmx:beforeRequest', (event) => { if ((document.hidden || paused) && isPoll(event)) event.preventDefault(); });
  // The poller stays in the page when a request fails, so it goes on by itself. 429 only means: slower.
  ['htmx:sendError', 'htmx:timeout', 'htmx:responseError'].forEach((name) => on(name, (event) => {
    if (isPoll(event) && event.detail.xhr.status !== 429) { failing = true; label(); }
  }));
  on('htmx:afterRequest', (event) => { if (event.detail.successful && failing) { failing = false; label(); } });
  on('htmx:afterSwap', () => { label(); ago(); });

  on('click', (event) => {
    const pause = event.target.closest('[data-live-toggle]');
    if (pause) {
      paused = !paused;
      pause.setAttribute('aria-pressed', paused);
      label();
      say(paused ? 'Live updates paused' : 'Live updates on');
      wake();
    }
    const copy = event.target.closest('[data-copy]');
    if (copy) navigator.clipboard?.writeText(copy.dataset.copy).then(() => say('Copied'), () => say('Copy failed'));
    if (event.target.closest('#dialog [data-close]')) { event.preventDefault(); $('#dialog').close(); }
  });
  // Says so before an idle session ends. Every request puts it off.
  const idle = $('#idle');
  let warning;
  const stay = () => {
    clearTimeout(warning);
    if (!idle) return;
    idle.hidden = true;
    warning = setTimeout(() => { idle.hidden = false; say($('p', idle).textContent); }, idle.dataset.after * 1000);
  };
  on('htmx:afterRequest', stay);
  stay();
  // What is typed while a block is redrawn would go with the old block: ask again, with what is typed.
  on('input', () => $$('.htmx-request[hx-trigger*="again"]').forEach((block) => htmx.trigger(block, 'again')));
  // A date that somebody types means the choice that it belongs to.
  on('input', (event) => { const choice = event.target.dataset.checks; if (choice) document.getElementById(choice).checked = true; }, true);

  // Single keys: outside fields, without modifiers, unless switched off.
  on('keydown', (event) => {
    if (document.documentElement.dataset.keys === 'off' || event.ctrlKey || event.metaKey || event.altKey || event.isComposing
      || event.target.closest('input, textarea, select, dialog, [contenteditable]')) return;
    const names = $$('tbody .name');
    const at = names.indexOf(document.activeElement.closest('tr')?.querySelector('.name'));
    const act = {
      '/': () => $('#q')?.focus(),
      n: () => $('a[data-key="new"]')?.click(),
      j: () => names[Math.min(at + 1, names.length - 1)]?.focus(),
      k: () => names[Math.max(at - 1, 0)]?.focus(),
      p: () => $('[data-live-toggle]')?.click(),
      '?': () => $('#keys')?.togglePopover(),
    }[event.key];
    if (act) { event.preventDefault(); act(); }
  });

  // A confirm page in #dialog opens as a dialog; on close the focus goes back to the opener.
  let opener = null;
  on('htmx:beforeRequest', (event) => {
    if (event.target.getAttribute?.('hx-target') !== '#dialog') return;
    const menu = event.target.closest('[popover]');
    opener = menu ? $(`[popovertarget="${menu.id}"]`) : event.target;
    menu?.hidePopover();
  });
  on('htmx:afterSwap', () => {
    const dialog = $('#dialog');
    if (dialog?.childElementCount && !dialog.open) dialog.showModal();
  });
  on('close', (event) => {
    if (event.target.id === 'dialog') { event.target.replaceChildren(); opener?.focus(); }
  }, true);

  // Times up to a day keep counting, in the words of views/presenting.py.
  const ago = () => $$('time[data-rel]').forEach((time) => {
    const minutes = Math.floor((Date.now() - new Date(time.dateTime)) / 60000);
    const hours = Math.floor(minutes / 60);
    if (hours >= 24 || !/now|min|hour/.test(time.textContent)) return;
    time.textContent = minutes < 1 ? 'just now' : hours < 1 ? `${minutes} min ago` : `${hours} hour${hours > 1 ? 's' : ''} ago`;
  });
  setInterval(ago, 30000);
})();
