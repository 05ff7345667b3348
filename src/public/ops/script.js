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
