/** What pages load: one stylesheet, and a script without which everything works. */

export const STYLE = `
:root {
  color-scheme: light dark;
  --back: #fbfbfa; --sheet: #ffffff; --text: #1d2125; --soft: #5b6570; --line: #dfe3e6; --link: #0b57a4;
  --good: #17653a; --good-back: #e3f3e9; --bad: #9d1c1c; --bad-back: #fbe7e6;
  --wait: #7a4d00; --wait-back: #fcf1d8; --quiet: #4d5761; --quiet-back: #eceff1;
  font: 16px/1.5 system-ui, sans-serif;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #14171a; --sheet: #1c2024; --text: #e7eaed; --soft: #a3adb7; --line: #343b42; --link: #86bdf5;
    --good: #8fdbab; --good-back: #173325; --bad: #ff9d98; --bad-back: #43201f;
    --wait: #f3c873; --wait-back: #3c2f12; --quiet: #b8c1c9; --quiet-back: #2b3137;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text); }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 2px; }
.skip { position: absolute; left: -999px; padding: .5rem 1rem; background: var(--sheet); }
.skip:focus { left: 1rem; top: .5rem; z-index: 1; }
header { display: flex; flex-wrap: wrap; align-items: center; gap: .25rem 1.5rem; padding: .75rem 1.25rem;
  background: var(--sheet); border-bottom: 1px solid var(--line); }
.name { font-weight: 700; color: inherit; text-decoration: none; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; margin: 0; padding: 0; list-style: none; }
nav a { text-decoration: none; padding: .15rem 0; }
nav a[aria-current] { color: inherit; font-weight: 600; border-bottom: 2px solid currentColor; }
.who { margin: 0 0 0 auto; display: flex; gap: 1rem; color: var(--soft); font-size: .9rem; overflow-wrap: anywhere; }
main { max-width: 76rem; margin: 0 auto; padding: 1.25rem; }
main:focus { outline: none; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 1rem; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 2rem 0 .75rem; }
table { width: 100%; border-collapse: collapse; background: var(--sheet); border: 1px solid var(--line); border-radius: 6px; }
th, td { padding: .6rem .8rem; text-align: left; vertical-align: top; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
thead th { border-top: 0; color: var(--soft); font-size: .85rem; font-weight: 600; white-space: nowrap; }
tbody th { font-weight: 600; }
tbody th small { display: block; font-weight: 400; color: var(--soft); }
time, .amount { font-variant-numeric: tabular-nums; white-space: nowrap; }
.discounts { margin: 0; padding: 0; list-style: none; display: grid; gap: .3rem; }
.state { display: inline-block; padding: 0 .5rem; border-radius: 1rem; font-size: .85rem; white-space: nowrap;
  color: var(--quiet); background: var(--quiet-back); }
.state.delivered { color: var(--good); background: var(--good-back); }
.state.due { color: var(--wait); background: var(--wait-back); }
.state.dead, .state.rejected, .state.unrecognised { color: var(--bad); background: var(--bad-back); }
.filters { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; padding: 1rem; margin-bottom: 1rem;
  background: var(--sheet); border: 1px solid var(--line); border-radius: 6px; }
.filters label { display: grid; gap: .2rem; font-size: .85rem; color: var(--soft); flex: 1 1 7rem; min-width: 0; }
.filters .wide { flex: 1 1 100%; }
input, select, textarea, button { font: inherit; color: inherit; background: var(--back); border: 1px solid var(--soft);
  border-radius: 4px; padding: .4rem .6rem; min-height: 2.6rem; width: 100%; max-width: 100%; }
button { width: auto; cursor: pointer; background: var(--link); border-color: var(--link); color: var(--sheet); font-weight: 600;
  padding-inline: 1.1rem; }
button[disabled] { opacity: .6; cursor: default; }
.buttons { display: flex; align-items: center; gap: 1rem; margin: 0; }
.plain { background: none; color: var(--link); }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.lead { color: var(--soft); max-width: 46rem; margin: 0 0 1rem; }
form > .buttons { margin-top: 1rem; flex-wrap: wrap; }
.check input { width: 1.3rem; min-height: 1.3rem; accent-color: var(--link); }
.reason { max-width: 40rem; margin-top: 1rem; }
.reason label { display: grid; gap: .3rem; }
.others { color: var(--soft); }
pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: .5rem 0 0; font-size: .85rem; }
summary { cursor: pointer; color: var(--link); }
.tabs { display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; margin: 0 0 1rem; }
.exports, .aside { color: var(--soft); font-size: .9rem; margin: 0 0 .75rem; }
.aside { margin-top: 2rem; overflow-wrap: anywhere; }
.note { padding: .6rem .9rem; background: var(--wait-back); color: var(--wait); border-radius: 6px; }
.empty { padding: 2.5rem 1rem; text-align: center; color: var(--soft); background: var(--sheet); border: 1px dashed var(--line);
  border-radius: 6px; }
.pager { display: flex; flex-wrap: wrap; gap: 1rem; align-items: center; margin-top: 1rem; }
.pager p { margin: 0; color: var(--soft); }
.timeline { margin: 0; padding: 0 0 0 1.1rem; list-style: none; border-left: 2px solid var(--line); display: grid; gap: 1.1rem; }
.timeline li { position: relative; }
.timeline li::before { content: ''; position: absolute; left: -1.6rem; top: .45rem; width: .8rem; height: .8rem; border-radius: 50%;
  background: var(--soft); border: 2px solid var(--back); }
.timeline .accepted::before { background: var(--link); }
.timeline .conflict::before { background: var(--bad); }
.timeline .decision::before { background: var(--wait); }
.timeline time { color: var(--soft); font-size: .85rem; }
.timeline p { margin: 0; overflow-wrap: anywhere; }
dl { margin: .25rem 0 0; font-size: .9rem; }
dl div { display: flex; flex-wrap: wrap; gap: 0 .5rem; }
dt { color: var(--soft); }
dt:empty { display: none; }
dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 44rem) {
  main { padding: 1rem .75rem; }
  .who { margin-left: 0; }
  time, .amount { white-space: normal; }
  .stacks td.check { display: block; }
  .stacks td > .state { justify-self: start; }
  .stacks tbody th > small { grid-column: 2; }
  .stacks, .stacks tbody, .stacks tr, .stacks td, .stacks tbody th { display: block; border: 0; padding: 0; }
  .stacks { background: none; }
  .stacks thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .stacks tr { background: var(--sheet); border: 1px solid var(--line); border-radius: 6px; padding: .6rem .8rem; margin-bottom: .75rem; }
  .stacks td, .stacks tbody th { display: grid; grid-template-columns: 6.5rem minmax(0, 1fr); gap: .5rem; padding: .2rem 0; }
  .stacks [data-label]::before { content: attr(data-label); color: var(--soft); font-size: .85rem; font-weight: 400; }
}
`;

export const SCRIPT = `
// A second press must not look like a second decision: the server takes it for the same one anyway.
for (const form of document.querySelectorAll('form[method="post"]')) {
  form.addEventListener('submit', () => {
    for (const button of form.querySelectorAll('button')) setTimeout(() => { button.disabled = true; });
  });
}
`;
