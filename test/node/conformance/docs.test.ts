import { describe, expect, it } from 'vitest';
import { CHECKS } from '../../../conformance/checks/index.ts';
import { renderDocs } from '../../../conformance/docs/render.ts';
import { IN_ENVIRONMENT, runCommand } from './command.ts';
import { plain } from './faults.ts';
import { startReferenceServer } from './reference-server.ts';

/** What differs from run to run. */
function withoutChance(text: string): string {
  return text
    .replace(/127\.0\.0\.1:\d+/g, 'HOST')
    .replace(/conformance-\w+-\d+/g, 'REQUEST-ID')
    .replace(/date: .*/g, 'date: DATE')
    .replace(/[\d.]+ (ms|s)\b/g, 'N $1');
}

describe('the documentation', () => {
  it('says of every check what it does, why, and where that stands', () => {
    const text = renderDocs().replace(/\s+/g, ' ');
    for (const { id, title, why, section } of CHECKS) {
      expect(text).toContain(`### \`${id}\``);
      for (const part of [title, why, section]) expect(text).toContain(part);
      expect(why.length).toBeGreaterThan(40);
    }
    expect(text).not.toMatch(/\{\{(checks|requests|minutes)\}\}/);
  });

  it('shows what the command prints', async () => {
    const example = /\$ npm run -s conformance -- (.*)\n([\s\S]*?)```/.exec(renderDocs());
    const [, args = '', shown = ''] = example ?? [];
    const server = await startReferenceServer({
      answer: (outgoing) => (String(outgoing.body).includes('invalid_json') ? plain(400, 'Bad Request') : outgoing),
    });
    const { out } = await runCommand(args.replace('http://127.0.0.1:8787', server.url).split(' '), IN_ENVIRONMENT);
    await server.close();
    expect(withoutChance(out)).toBe(withoutChance(shown));
  });
});

describe('a check', () => {
  it('has an id of its own, of the form group/name', () => {
    const ids = CHECKS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[a-z]+\/[a-z0-9-]+$/);
  });

  it('of the contract has its source in a document or a standard', () => {
    for (const { level, section, id } of CHECKS) {
      if (level === 'contract')
        expect([id, section]).toEqual([id, expect.stringMatching(/^Akinon Basket Offer Flows, /)]);
    }
  });
});
