/** `npm run usages` against a real local database, as a person at a terminal meets it. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chunk, inline, openD1, quote } from '../../scripts/ops/d1.ts';
import { amount, clean, table, toJson } from '../../scripts/ops/print.ts';
import { anOpsDatabase, inCopyOf, type OpsData, runScript } from './support/ops-data.ts';

let db: OpsData;
beforeAll(async () => {
  db = await anOpsDatabase();
});
afterAll(() => db.dispose());

const inCopy = (test: (copy: OpsData) => Promise<void>) => inCopyOf(db, test);

describe('values written into SQL', () => {
  const hostile = [
    "it's",
    '"',
    "'; DROP TABLE usages; --",
    'a\nb\r\nc',
    '-- x',
    '/* */;',
    'ş€😀',
    '?1',
    'BEGIN TRANSACTION; x',
  ];

  it('come back from the database as they were', async () => {
    const columns = hostile.map((_, at) => `?${at + 1} AS v${at}`).join(', ');
    const sql = `SELECT '?1 ''?2' AS literal, ${columns}, ?${hostile.length + 1} AS number -- ?1`;
    const [, [row] = []] = await openD1({ 'persist-to': db.stateDir })('SELECT 1', inline(sql, ...hostile, -42));
    expect(Object.values(row ?? {})).toEqual(["?1 '?2", ...hostile, -42]);
  });

  it('are refused where no such value is stored', () => {
    for (const value of ['a\0b', '\ud800', 1.5, Number.NaN]) expect(() => quote(value)).toThrow();
    expect(() => inline('SELECT ?2', 'one')).toThrow();
    expect(quote(null)).toBe('NULL');
  });

  it('are cut into lists that fit, and none is lost', () => {
    const list = Array.from({ length: 100 }, (_, at) => `o:${at}`.padEnd(40, 'ş'));
    const chunks = chunk(list, 500);
    expect(chunks.flat()).toEqual(list);
    expect(Math.max(...chunks.map((some) => Buffer.byteLength(JSON.stringify(some))))).toBeLessThan(600);
    expect(chunk(['x'.repeat(900)], 500)).toHaveLength(1);
  });
});

describe('texts for a terminal', () => {
  it('hold nothing that moves the cursor or turns the text, in JSON neither', () => {
    const text = '\u001b[31mred\u009b2J \u202e evil \u2028\r\n\tend';
    expect(clean(text)).toBe('[31mred2J  evil end');
    const json = toJson({ text });
    expect(json.split('\n').join('')).not.toMatch(/[\p{Cc}\p{Cf}\u2028]/u);
    expect(JSON.parse(json)).toEqual({ text });
  });

  it('show money in major units, with the digits of its currency', () => {
    expect(amount({ type: 'BASKET', amount: 2550, currency: 'TRY' })).toBe('25.50 TRY');
    expect(amount({ type: 'BASKET', amount: 500, currency: 'JPY' })).toBe('500 JPY');
    expect(amount({ type: 'BASKET', amount: '1234567890123456789', currency: 'KWD' })).toBe('1234567890123456.789 KWD');
    expect(amount({ type: 'LOYALTY_POINT', amount: '100.5', currency: null })).toBe('100.5 points');
    expect(amount({ type: 'SHIPPING', amount: null, currency: null })).toBe('–');
  });

  it('are aligned', () => {
    expect(
      table(
        ['A', 'B'],
        [
          ['ş€😀', 'x'],
          ['long one', 'y\u001b[2J'],
        ],
      ),
    ).toBe(['  A         B', '  ş€😀       x', '  long one  y[2J'].join('\n'));
  });
});

describe('usages list', () => {
  it('shows the gate first, then counts, then what waits for a person and what is open', async () => {
    const { status, stdout } = await db.run('usages', 'list');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Gate: SHUT \(paused\) since .*credentials: status 401: token expired/);
    const states = [...stdout.matchAll(/^ {2}(\w+) .* (?:o:|b:)/gm)].map(([, state]) => state);
    expect(states).toEqual(['dead', 'dead', 'dead', 'unrecognised', 'conflict', 'open', 'open']);
    expect(stdout).toMatch(/^ {2}rejected +4 /m);
    expect(stdout).toMatch(/^ {2}refused in 7 days +2 /m);
    expect(stdout).toMatch(/unrecognised +o:ORD-1003 .* –$/m);
    expect(stdout).toMatch(
      /not listed: npm run usages -- list --state rejected +npm run usages -- list --state refused$/m,
    );
    expect(stdout).toMatch(/dead +o:ORD-1005 +spring-15 +25\.50 TRY .* exhausted; may have been done$/m);
    expect(stdout).toMatch(
      /open due +o:ORD-1004 +2 discounts .*3 attempts counted; outcome later; status 503: upstream busy$/m,
    );
  });

  it('lists one state, says when there is more, and never lets the upstream write to the terminal', async () => {
    const some = await db.run('usages', 'list', '--state', 'rejected', '--limit', '2');
    expect(some.stdout.match(/^ {2}rejected/gm)).toHaveLength(2);
    expect(some.stdout).toContain('There are more of rejected: npm run usages -- list --state rejected --limit 8');
    const all = await db.run('usages', 'list', '--state', 'rejected');
    expect(all.stdout).toContain('[2J31mno such member');
    expect(all.stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(all.stdout).not.toContain('There are more');
    expect(all.stdout).not.toContain('not listed');
  });

  it.each([
    ['refused', 'refused', /ORD-1001 .*request req-refused \(1 time\): invalid_field usedDiscounts/],
    ['conflict', 'conflict', /o:ORD-1999 +spring-15 tea-10 .*request req-1 came again/],
    ['delivered', 'delivered', /b:77:1758310922044282 +yen-5 +500 JPY/],
    ['discarded', null, /Nothing is discarded\./],
  ])('lists %s', async (state, first, expected) => {
    const { status, stdout } = await db.run('usages', 'list', '--state', state);
    expect([status, stdout]).toEqual([0, expect.stringMatching(expected)]);
    if (first !== null) expect(stdout).toMatch(new RegExp(`^ {2}${first} `, 'm'));
  });

  it('answers JSON', async () => {
    const { stdout } = await db.run('usages', 'list', '--state', 'due', '--limit', '2', '--json');
    const answer = JSON.parse(stdout);
    expect(answer).toMatchObject({ gate: { state: 'paused' }, cut: ['due'] });
    expect(answer.rows.map((row: { order_key: string }) => row.order_key)).toEqual(['o:ORD-1006', 'o:ORD-1004']);
    expect(answer.counts).toContainEqual({ state: 'dead', rows: 3, oldest: expect.any(Number) });
  });
});

describe('usages show', () => {
  it('has everything about an order', async () => {
    const { status, stdout } = await db.run('usages', 'show', 'ORD-1001');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Order o:ORD-1001\n {2}Delivery: done since .*; 1 attempt counted; generation 0$/m);
    expect(stdout).toMatch(/spring-15 +delivered +25\.50 TRY .*r_8812/);
    expect(stdout).toMatch(/req-1 +31:1 +spring-15 free-shipping/);
    expect(stdout).toMatch(/184 ms +delivered +200/);
    expect(stdout).toMatch(/Conflicts[\s\S]*req-1 +o:ORD-1999 +spring-15 tea-10 +o:ORD-1001$/m);
  });

  it('has the usage that stands also of an order that came only with a conflict', async () => {
    const { status, stdout } = await db.run('usages', 'show', 'ORD-1999');
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^Order o:ORD-1999\n {2}No usage of it was accepted/)]);
    expect(stdout).toMatch(/req-1 +o:ORD-1999 +spring-15 tea-10 +o:ORD-1001$/m);
  });

  it.each([
    ['ORD-1003', /Delivery: waits for a person; 1 attempt counted; generation 0$/m],
    ['ORD-1005', /Delivery: waits for a person; /],
    ['ORD-1004', /Delivery: open, next attempt at .*; 3 attempts counted; generation 0; last outcome later$/m],
    ['ORD-1007', /Delivery: done since /],
  ])('says how %s stands', async (key, expected) => {
    expect((await db.run('usages', 'show', key)).stdout).toMatch(expected);
  });

  it('answers JSON for a key', async () => {
    const { stdout } = await db.run('usages', 'show', 'b:77:1758310922044282', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      order_key: 'b:77:1758310922044282',
      delivery: { state: 'done', has_snapshot: 1 },
      discounts: [{ discount_id: 'yen-5', amount: 500, currency: 'JPY' }],
    });
  });

  it('says how it read a key that is also a number', async () => {
    const { stdout, stderr } = await db.run('usages', 'show', 'o:7');
    expect(stdout).toMatch(/^Order o:7\n/);
    expect(stderr).toContain(
      'o:7 was read as an order key; it is also the number of another order, for which give o:o:7.',
    );
    expect((await db.run('usages', 'show', 'o:o:7')).stdout).toMatch(/^Order o:o:7\n/);
  });

  it('fails for an order that there is not', async () => {
    const { status, stderr } = await db.run('usages', 'show', 'ord-1001');
    expect([status, stderr]).toEqual([1, expect.stringMatching(/^There is no order ord-1001\.\n/)]);
  });
});

describe('usages replay', () => {
  it('counts first, waits for --yes, then does it and keeps the reason', () =>
    inCopy(async (copy) => {
      const replay = ['replay', 'ORD-1002', 'ORD-1003', 'ORD-1007', '--reason', "the member's card\nwas merged"];
      const asked = await copy.run('usages', ...replay);
      expect(asked.status).toBe(1);
      expect(asked.stdout).toMatch(/^3 lines of 3 orders would be replayed:\n/);
      expect(asked.stdout).toContain('Nothing was changed. If that is what you want, run it again with --yes.');
      expect(copy.query('SELECT * FROM audit_log')).toEqual([]);
      const done = await copy.run('usages', ...replay, '--yes');
      expect([done.status, done.stdout]).toEqual([
        0,
        expect.stringMatching(/3 lines are replayed\.\nThe gate is shut: they go .* open\.\nGate: SHUT \(paused\)/),
      ]);
      const lines = copy.query(`SELECT discount_id, line.state, d.state AS delivery, generation
        FROM used_discounts AS line JOIN deliveries AS d USING (order_key)
        WHERE order_key IN ('o:ORD-1002', 'o:ORD-1003', 'o:ORD-1007') ORDER BY order_key`);
      expect(lines).toEqual([
        { discount_id: 'points-100', state: 'due', delivery: 'due', generation: 0 },
        { discount_id: 'birthday-50', state: 'due', delivery: 'due', generation: 0 },
        { discount_id: 'tea-10', state: 'due', delivery: 'due', generation: 1 },
      ]);
      const audit = copy.query('SELECT DISTINCT action, reason, actor FROM audit_log');
      expect(audit).toEqual([
        { action: 'replay', reason: "the member's card was merged", actor: expect.stringMatching(/^cli:./) },
      ]);
      const shown = await copy.run('usages', 'show', 'ORD-1007');
      expect(shown.stdout).toMatch(/Decisions\n.*\n.*replay +tea-10 +the member's card was merged/);
      expect(shown.stdout).toMatch(/^Gate: SHUT \(paused\)/m);
      const again = await copy.run('usages', ...replay, '--yes');
      expect([again.status, again.stdout]).toEqual([
        1,
        expect.stringContaining('o:ORD-1002 has nothing to replay: due.'),
      ]);
      expect(copy.query('SELECT count(*) AS rows FROM audit_log')).toEqual([{ rows: 3 }]);
    }));

  it('acts on one line without --yes, and says which line waits for it', () =>
    inCopy(async (copy) => {
      copy.query("UPDATE delivery_gate SET state = 'open', reason = NULL RETURNING 1");
      const { status, stdout } = await copy.run('usages', 'replay', 'ORD-1005', '--reason', 'upstream is back');
      expect(status).toBe(0);
      expect(stdout).toContain('1 rejected line of o:ORD-1005 waits until the others are settled; replay again then.');
      expect(stdout).toContain('1 line is replayed.\nWithin a minute it goes to the upstream.\n');
      const [order] = copy.query("SELECT * FROM deliveries WHERE order_key = 'o:ORD-1005'");
      expect(order).toMatchObject({
        state: 'due',
        generation: 0,
        last_outcome: 'unknown',
        unknown_call: 'the very text',
      });
    }));

  it('refuses an order that is being delivered', async () => {
    const { status, stdout } = await db.run('usages', 'replay', 'ORD-1006', '--reason', 'x', '--yes');
    expect([status, stdout]).toEqual([
      1,
      'o:ORD-1006 is being delivered at this moment; try again in a minute.\nNothing was changed.\n',
    ]);
  });

  it('changes nothing when one of the orders is not there', async () => {
    const { status, stderr } = await db.run('usages', 'replay', 'ORD-1002', 'ORD-9', '--reason', 'x', '--yes');
    expect([status, stderr]).toEqual([1, expect.stringContaining('There is no order ORD-9. Nothing was changed.')]);
    expect(db.query('SELECT * FROM audit_log')).toEqual([]);
  });
});

describe('usages discard', () => {
  it('ends one discount of an order that is open, and only that', () =>
    inCopy(async (copy) => {
      const discard = ['discard', 'ORD-1004', '--discount', 'tea-10', '--reason', 'test order'];
      const { status, stdout } = await copy.run('usages', ...discard);
      expect([status, stdout]).toEqual([0, expect.stringContaining('1 line is discarded.')]);
      expect(
        copy.query("SELECT discount_id, state, reason FROM used_discounts WHERE order_key = 'o:ORD-1004'"),
      ).toEqual([
        { discount_id: 'spring-15', state: 'due', reason: null },
        { discount_id: 'tea-10', state: 'discarded', reason: 'test order' },
      ]);
    }));

  it('refuses what may have been done', async () => {
    const discard = ['discard', 'ORD-1005', '--discount', 'spring-15', '--reason', 'x'];
    const { status, stdout } = await db.run('usages', ...discard);
    expect([status, stdout]).toEqual([1, expect.stringMatching(/^1 line of o:ORD-1005 may have been done/)]);
    const unknown = await db.run('usages', 'discard', 'ORD-1002', '--discount', 'nope', '--reason', 'x');
    expect([unknown.status, unknown.stdout]).toEqual([1, 'o:ORD-1002 has no such discount.\nNothing was changed.\n']);
  });
});

describe('the command line', () => {
  it.each([
    [['--help'], /^Usage: npm run usages -- list/],
    [['list', '--help'], /^Usage: npm run usages -- list/],
    [['show', '--help'], /^Usage: npm run usages -- show/],
    [['replay', '--help'], /^Usage: npm run usages -- replay/],
    [['discard', '--help'], /^Usage: npm run usages -- discard/],
  ])('explains itself: %s', async (args, expected) => {
    expect(await runScript('usages', ...args)).toMatchObject({ status: 0, stdout: expect.stringMatching(expected) });
  });

  it.each([
    [['replay', 'A'], /--reason TEXT is needed/],
    [['replay', 'A', '--reason', ' \n'], /--reason TEXT is needed/],
    [['replay', 'A', '--reason', 'x'.repeat(501)], /more than 500 characters/],
    [['replay', '--reason', 'x'], /takes a KEY[\s\S]*Usage:/],
    [['show'], /takes one KEY/],
    [['show', ''], /^KEY is empty\.$/m],
    [['replay', '', '--reason', 'x'], /^KEY is empty\.$/m],
    [['list', '--config', 'no-such.toml'], /^--config: there is no file no-such\.toml\.\n$/],
    [['list', 'ORD-1'], /list takes no KEY/],
    [['list', '--state', 'lost'], /--state is one of open, dead/],
    [['list', '--limit', '0'], /--limit is a number/],
    [['list', '--bogus'], /--bogus/],
    [['list', '--remote', '--persist-to', 'x'], /leave it out with --remote/],
    [['frobnicate'], /There is no command frobnicate\.[\s\S]*Usage:/],
    [[], /A command is needed\.[\s\S]*Usage:/],
  ])('says what is wrong with %j', async (args, expected) => {
    expect(await runScript('usages', ...args)).toMatchObject({ status: 1, stderr: expect.stringMatching(expected) });
  });

  it('asks the deployed database through wrangler, and says what to do when nobody is logged in', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'offerbridge-wrangler-'));
    /** @param script what the stand-in for wrangler does, in shell */
    const withWrangler = (script: string, ...args: string[]) => {
      writeFileSync(join(folder, 'wrangler'), `#!/bin/sh\necho "$*" > ${folder}/asked\n${script}\n`);
      chmodSync(join(folder, 'wrangler'), 0o755);
      return runScript('usages', ...args, { PATH: `${folder}:${process.env.PATH}` });
    };
    try {
      const answer = Array.from({ length: 8 }, () => ({ results: [] }));
      const config = join(folder, 'two.toml');
      writeFileSync(config, '');
      const list = ['list', '--state', 'dead', '--remote', '--config', config];
      const found = await withWrangler(`echo 'noise [1]'; echo '${JSON.stringify(answer, null, 1)}'`, ...list);
      expect([found.status, found.stdout]).toEqual([0, expect.stringContaining('Nothing is dead.')]);
      expect(readFileSync(join(folder, 'asked'), 'utf8')).toMatch(
        /^d1 execute DB --remote --config \S+two\.toml --json --command SELECT state, reason/,
      );
      const error = JSON.stringify({ error: { text: "it's necessary to set CLOUDFLARE_API_TOKEN" } }, null, 2);
      const refused = await withWrangler(`cat <<'END'\n${error}\nEND\nexit 1`, ...list);
      expect([refused.status, refused.stderr]).toEqual([
        1,
        "it's necessary to set CLOUDFLARE_API_TOKEN\nLog in with npm exec -- wrangler login, or set CLOUDFLARE_API_TOKEN.\n",
      ]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('says what to do where there is no database yet', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'offerbridge-empty-'));
    try {
      const { status, stderr } = await runScript('usages', 'list', '--persist-to', empty);
      expect(status).toBe(1);
      expect(stderr).toMatch(/no tables[\s\S]*npm start[\s\S]*npm run migrate -- --local/);
    } finally {
      rmSync(empty, { recursive: true, force: true });
    }
  });
});
