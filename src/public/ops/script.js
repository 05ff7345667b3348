/* Of every page of the console; everything works without it. */
// A second press must not look like a second decision: the server takes it for the same one anyway.
for (const form of document.querySelectorAll('form[method="post"]')) {
  form.addEventListener('submit', () => {
    for (const button of form.querySelectorAll('button'))
      setTimeout(() => {
        button.disabled = true;
      });
  });
}

// A chart is one stop of the Tab key: the arrows go from day to day, beginning with the newest.
for (const chart of document.querySelectorAll('.chart > svg')) {
  const days = [...chart.querySelectorAll('.day')];
  const give = (to, from) => {
    from?.setAttribute('tabindex', '-1');
    to.setAttribute('tabindex', '0');
  };
  for (const day of days) day.setAttribute('tabindex', '-1');
  if (days.length > 0) give(days.at(-1));
  chart.addEventListener('keydown', (event) => {
    const at = days.indexOf(event.target.closest('.day'));
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: days.length - 1 }[event.key];
    if (at < 0 || days[to] === undefined) return;
    event.preventDefault();
    give(days[to], days[at]);
    days[to].focus();
  });
}

// All rows of a list at once.
for (const all of document.querySelectorAll('label.all')) {
  const boxes = () => all.closest('form').querySelectorAll('input[name="line"]');
  const box = all.querySelector('input');
  all.hidden = false;
  box.addEventListener('change', () => {
    for (const line of boxes()) line.checked = box.checked;
  });
  all.closest('form').addEventListener('change', () => {
    box.checked = [...boxes()].every((line) => line.checked);
  });
}
