/* The shop's page without leaving it: forms are sent and what changed is put in; calls come in as they are made. */
const PARTS = ['products', 'basket', 'orders', 'order', 'account', 'switches', 'notice'];
const LISTED = 50;

document.documentElement.classList.add('scripted');

/** One after the other: two quick presses are two changes. */
let last = Promise.resolve();
document.addEventListener('submit', (event) => {
  const form = event.target;
  if (form.method !== 'post') return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form, event.submitter));
  document.body.setAttribute('aria-busy', 'true');
  const { done = '', focus = 'main' } = form.dataset;
  const sent = last.then(() => send(form.action, body, done, focus));
  last = sent.catch(() => say('The shop does not answer. Is npm start still running?', true));
  last.finally(() => document.body.removeAttribute('aria-busy'));
});

async function send(action, body, done, focus) {
  const answer = await fetch(action, { method: 'POST', body });
  const to = new URL(answer.url);
  if (answer.redirected && to.pathname !== location.pathname) {
    location.assign(to);
    return;
  }
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  put(page, focus);
  if (answer.ok) say(done, false);
}

/** The parts of the page that are another now; where the keyboard was, what was typed and what was open stays. */
function put(page, focus) {
  const focused = document.activeElement?.id;
  const typed = [...document.querySelectorAll('main input[id]')]
    .filter((input) => input.value !== input.defaultValue)
    .map(({ id, value }) => [id, value]);
  const open = [...document.querySelectorAll('main details[open][id]')].map(({ id }) => id);
  const chosen = [...document.querySelectorAll('.order input:checked')].map(({ value }) => value);
  for (const id of PARTS) {
    const part = document.getElementById(id);
    const next = page.getElementById(id);
    if (part !== null && next !== null && part.innerHTML !== next.innerHTML) part.replaceChildren(...next.childNodes);
  }
  for (const id of open) document.getElementById(id)?.setAttribute('open', '');
  for (const [id, value] of typed) {
    const input = document.getElementById(id);
    if (input !== null) input.value = value;
  }
  for (const box of document.querySelectorAll('.order input')) box.checked = chosen.includes(box.value);
  addCalls(page.querySelectorAll('[data-call]'));
  enhance();
  if (focused) (document.getElementById(focused) ?? document.getElementById(focus) ?? document.body).focus();
}

function say(words, isProblem) {
  const notice = document.createElement('span');
  notice.className = isProblem ? 'problem' : 'done';
  notice.textContent = words;
  document.getElementById('notice').replaceChildren(notice);
}

/** @param calls the newest first; those that are there already stay as they are, opened perhaps */
function addCalls(calls) {
  const list = document.querySelector('[data-live]');
  for (const call of [...calls].reverse()) {
    if (document.getElementById(call.id) !== null) continue;
    call.classList.add('new');
    list.prepend(call);
  }
  while (list.children.length > LISTED) list.lastElementChild.remove();
}

/** What is only of use with a script. */
function enhance() {
  for (const button of document.querySelectorAll('[data-copy]')) button.hidden = false;
  for (const choice of document.querySelectorAll('[data-at-most]')) limit(choice);
}

function limit(choice) {
  const boxes = [...choice.querySelectorAll('input')];
  const isFull = boxes.filter(({ checked }) => checked).length >= Number(choice.dataset.atMost);
  for (const box of boxes) box.disabled = isFull && !box.checked;
}

document.addEventListener('change', ({ target }) => {
  const choice = target.closest('[data-at-most]');
  if (choice !== null) limit(choice);
  const form = target.closest('form.auto');
  if (form?.reportValidity()) form.requestSubmit();
});

document.addEventListener('click', async ({ target }) => {
  const button = target.closest('[data-copy]');
  if (button === null) return;
  await navigator.clipboard.writeText(button.parentElement.querySelector('pre').textContent);
  button.textContent = 'Copied';
  setTimeout(() => {
    button.textContent = 'Copy';
  }, 2000);
});

/** A call that nobody pressed for, a late one above all, shows within a second. */
async function watch() {
  const newest = document.querySelector('[data-call]')?.dataset.call ?? 0;
  if (!document.hidden) {
    const answer = await fetch(`${document.querySelector('[data-live]').dataset.live}?after=${newest}`);
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const calls = page.querySelectorAll('[data-call]');
    if (calls.length === 0) return;
    addCalls(calls);
    enhance();
    // What the page says of an order may be another thing now.
    if (document.getElementById('order') !== null) put(await pageAt(location.href), 'main');
  }
}

async function pageAt(url) {
  return new DOMParser().parseFromString(await (await fetch(url)).text(), 'text/html');
}
setInterval(() => watch().catch(() => {}), 1000);

enhance();
