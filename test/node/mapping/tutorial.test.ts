/** docs/connectors.md, "Ten minutes": what it tells a reader to write and what it says will come, done. */
import '../../../scripts/mapping/like-the-worker.ts';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EXAMPLES } from '../../support/fakes/examples.ts';
import { type ListeningFake, listen } from '../../support/listening-fake.ts';

const [, tutorial = ''] = /^## Ten minutes.*?$(.*?)^## /ms.exec(readFileSync('docs/connectors.md', 'utf8')) ?? [];
let folder: string;
let crm: ListeningFake;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tutorial-'));
  const example = EXAMPLES['in-house-crm'];
  if (example === undefined) throw new Error('the CRM is gone');
  crm = await listen(example());
});
afterAll(async () => {
  await crm.stop();
  rmSync(folder, { recursive: true });
});

/** As the reader types it; the CRM answers from this process meanwhile. */
async function run(command: string): Promise<string> {
  const args = command.replace('npm run mapping -- ', '').split(' ');
  const env = { ...process.env, UPSTREAM_URL: crm.url, MY_CRM_TOKEN: /^MY_CRM_TOKEN=(.*)$/m.exec(tutorial)?.[1] };
  const child = spawn(process.execPath, ['scripts/mapping.ts', ...args, '--folder', folder], { env });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  await new Promise((resolve) => child.on('close', resolve));
  return output.replaceAll(folder, 'src/connectors/http/mappings');
}

const said = (pattern: RegExp) => pattern.exec(tutorial)?.[0] ?? `the tutorial does not say ${pattern}`;

/** The blocks of the text, in order: each hunk stands there once before it is changed. */
function* edits(): Generator<void> {
  for (const [, file = '', diff = ''] of tutorial.matchAll(/<!-- edits (\S+) -->\n```diff\n(.*?)```/gs)) {
    const path = join(folder, file);
    for (const hunk of diff.split(/^@@.*\n/m).filter((text) => text !== '')) {
      const lines = hunk.trimEnd().split('\n');
      const side = (marks: string) =>
        lines
          .filter((line) => marks.includes(line[0] ?? '?'))
          .map((line) => line.slice(1))
          .join('\n');
      const parts = readFileSync(path, 'utf8').split(side(' -'));
      expect(parts, `${file}: ${hunk}`).toHaveLength(2);
      writeFileSync(path, parts.join(side(' +')));
    }
    yield;
  }
}

it('ends with three offers', async () => {
  const edit = edits();
  const [newCommand, checkCommand, tryCommand] = ['new', 'check', 'try'].map((name) =>
    said(new RegExp(`npm run mapping -- ${name} my-crm[^\`\\n]*`)),
  ) as [string, string, string];
  expect(await run(newCommand)).toContain('are written');
  edit.next();
  expect(await run(checkCommand)).toContain(said(/^src\/\S+my-crm\.json:\d+:\d+ .*$/m));
  edit.next();
  expect(await run(checkCommand)).toBe(`${said(/my-crm: all right; \d cases/)}\n`);
  expect(await run(tryCommand)).toContain(said(/^1 dropped:\n.*$/m));
  edit.next();
  expect(await run(checkCommand)).toContain('all right');
  const output = await run(tryCommand);
  expect(output).toContain('3 offers for the shop:');
  for (const label of ['10 % off', '20 points', 'Free shipping']) {
    expect(tutorial).toContain(`*${label}*`);
    expect(output).toContain(`"label": "${label}"`);
  }
  expect(output).not.toContain('dropped');
  expect(edit.next().done).toBe(true);
});
