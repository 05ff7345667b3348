/** `npm run erase` against a real local database: what goes, what stays, and who is told. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anOpsDatabase, inCopyOf, JANE, type OpsData, runScript } from './support/ops-data.ts';

const JOE = 'b'.repeat(64);

/** Jane was offered things, redeemed one of them, and another order of hers is on its way. */
const JANES = `
INSERT INTO campaigns (id, discount_type, benefit_type, amount, currency, label, start_datetime, end_datetime)
  VALUES ('c', 'BASKET', 'fixed', '1', 'TRY', '{}', '2026-01-01T00:00:00Z', '2035-01-01T00:00:00Z');
INSERT INTO refused_requests (day, digest, errors, payload, first_at, last_at) VALUES
  (1, 'whole', '[]', '{"order":{"orderNumber":12},"basket":{"id":"90"}}', 1, 1),
  (1, 'cut', '[]', '{"usedDiscounts":[],"basket":{"id":90,"version":1,"basketIt', 1, 1),
  (1, 'other', '[]', '{"usedDiscounts":["90"],"basket":{"id":901,"version":90,"basketIt', 1, 1);
INSERT INTO campaign_customers VALUES ('c', '${JANE}'), ('c', '${JOE}');
INSERT INTO campaign_redemptions VALUES ('c', 'k1', 'o:ORD-1001', 1), ('c', 'k2', 'o:ORD-1007', 1);
INSERT INTO campaign_redemption_customers VALUES ('${JANE}', 'c', 'k1'), ('${JOE}', 'c', 'k2');
INSERT INTO issued_baskets (basket_id, version, offers, seen_at)
  VALUES (90, 1, '{"c":[1,"BASKET","100","TRY",true,{"customers":["${JANE}"]}]}', 1);
UPDATE used_discounts SET reference = '{"customers":["${JANE}"]}' WHERE order_key = 'o:ORD-1001' AND discount_id = 'spring-15';`;

let db: OpsData;
beforeAll(async () => {
  db = await anOpsDatabase(JANES);
});
afterAll(() => db.dispose());

const inCopy = (test: (copy: OpsData) => Promise<void>) => inCopyOf(db, test);

/** Everything in the database, as one text. */
function dump(from: OpsData): string {
  const tables = from.query<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'");
  const names = tables.map(({ name }) => name).filter((name) => !/^(_cf|sqlite|d1)_/.test(name));
  return names.map((name) => `${name}: ${JSON.stringify(from.query(`SELECT * FROM ${name}`))}`).join('\n');
}

const COUNTS = /^ {2}(\w+) +(\d+) +(?:removed|emptied)/gm;
const countsIn = (text: string) =>
  Object.fromEntries([...text.matchAll(COUNTS)].map(([, name, rows]) => [name, Number(rows)]));

describe('erase --order', () => {
  it('counts, waits for --yes, then leaves only what keeps it from being redeemed twice', () =>
    inCopy(async (copy) => {
      const before = dump(copy);
      const asked = await copy.run('erase', '--order', 'ORD-1001');
      expect(asked.status).toBe(1);
      expect(asked.stdout).toMatch(/^Would be erased for the order:[\s\S]*run it again with --yes/);
      expect(dump(copy)).toBe(before);

      const done = await copy.run('erase', '--order', 'ORD-1001', '--reason', 'ticket 4711', '--yes');
      expect([done.status, done.stdout]).toEqual([0, expect.stringMatching(/^Erased for the order:/)]);
      const expected = {
        ...{ issued_baskets: 1, deliveries: 1, used_discounts: 1, delivery_attempts: 0, usages: 1, usage_conflicts: 1 },
        ...{ refused_requests: 1, campaign_redemption_customers: 1 },
      };
      expect({ delivery_attempts: 0, ...countsIn(done.stdout) }).toEqual(expected);
      expect({ delivery_attempts: 0, ...countsIn(asked.stdout) }).toEqual(expected);

      const [order] = copy.query("SELECT * FROM deliveries WHERE order_key = 'o:ORD-1001'");
      expect(order).toMatchObject({ state: 'done', snapshot: null, basket_state: null, unknown_call: null });
      expect(JSON.parse(String(order?.channel))).toEqual({
        ...{ device: null, storeId: null, storeRemoteId: null, staffId: null, staffRemoteId: null },
      });
      expect(
        copy.query("SELECT discount_id, state, amount, reference FROM used_discounts WHERE order_key = 'o:ORD-1001'"),
      ).toEqual([
        { discount_id: 'free-shipping', state: 'not_required', amount: null, reference: null },
        { discount_id: 'spring-15', state: 'delivered', amount: 2550, reference: null },
      ]);
      const [usage] = copy.query("SELECT * FROM usages WHERE order_key = 'o:ORD-1001'");
      expect(usage).toMatchObject({ request_id: 'req-1', fingerprint: 'print-1', basket_id: null });
      expect(copy.query('SELECT action, order_key, discount_id, reason FROM audit_log')).toEqual([
        { action: 'erase', order_key: 'o:ORD-1001', discount_id: null, reason: 'order: ticket 4711' },
      ]);
      expect(dump(copy)).toContain('o:ORD-1007');
      expect(copy.query('SELECT basket_id FROM issued_baskets').length).toBe(10);
      expect(copy.query("SELECT digest FROM refused_requests WHERE digest LIKE 'd%'").length).toBe(1);

      const again = await copy.run('erase', '--order', 'o:ORD-1001', '--yes');
      expect([again.status, again.stdout]).toEqual([0, 'Nothing is left to erase now.\n']);
      expect(again.stderr).toContain('o:ORD-1001 was read as an order key;');
      expect(again.stderr).toContain('give --order o:o:ORD-1001.');
      expect(copy.query('SELECT * FROM audit_log')).toHaveLength(1);
    }));

  it('takes out the words of an upstream that refused, and a request that was cut', () =>
    inCopy(async (copy) => {
      await copy.run('erase', '--order', 'ORD-1007', '--yes');
      const [line] = copy.query("SELECT state, reason FROM used_discounts WHERE order_key = 'o:ORD-1007'");
      expect(line).toEqual({ state: 'rejected', reason: 'erased' });
      expect(copy.query("SELECT detail FROM delivery_attempts WHERE order_key = 'o:ORD-1007'")).toEqual([
        { detail: null },
      ]);
      expect(copy.query("SELECT digest FROM refused_requests WHERE digest LIKE 'd%'")).toEqual([{ digest: 'd1' }]);
      expect(copy.query('SELECT customer_hash FROM campaign_redemption_customers')).toEqual([{ customer_hash: JANE }]);
    }));

  it('leaves an order whole while it is open or waits for a person, and says so', () =>
    inCopy(async (copy) => {
      const rows = () =>
        ['deliveries', 'used_discounts', 'usages', 'delivery_attempts'].map((table) =>
          copy.query(`SELECT * FROM ${table}`),
        );
      const before = rows();
      for (const order of ['ORD-1003', 'ORD-1004', 'ORD-1005']) {
        const { status, stdout } = await copy.run('erase', '--order', order, '--yes');
        expect([status, stdout]).toEqual([
          1,
          expect.stringContaining(`o:${order} waits for the upstream or for a person and keeps everything`),
        ]);
        expect(countsIn(stdout)).toEqual({ issued_baskets: 1 });
      }
      expect(rows()).toEqual(before);
    }));

  it('chooses nothing where a text is the key of one order and the number of another', async () => {
    const before = dump(db);
    const { status, stderr } = await db.run('erase', '--order', 'o:7', '--yes');
    expect([status, stderr]).toEqual([
      1,
      'o:7 is the key of one order and the number of another. Nothing was changed.\nGive --order 7 for the first, --order o:o:7 for the second.\n',
    ]);
    expect(dump(db)).toBe(before);
  });

  it('takes a text that looks like a key for the number that it is, where only that is there', () =>
    inCopy(async (copy) => {
      for (const table of ['deliveries', 'used_discounts', 'usages']) {
        copy.query(`DELETE FROM ${table} WHERE order_key = 'o:7' RETURNING 1`);
      }
      const { stdout, stderr } = await copy.run('erase', '--order', 'o:7');
      expect(stderr).toContain('o:7 was read as an order number; for the order that has it as its key give --order 7.');
      expect(countsIn(stdout)).toMatchObject({ deliveries: 1 });
    }));

  it('fails where nothing is held', async () => {
    const { status, stdout } = await db.run('erase', '--order', 'ORD-9', '--yes');
    expect([status, stdout]).toEqual([1, 'Nothing is held for the order.\n']);
  });
});

describe('erase --basket', () => {
  it('finds the orders that came from it, also those without a number', () =>
    inCopy(async (copy) => {
      await copy.run('erase', '--basket', '77', '--yes');
      const [order] = copy.query("SELECT snapshot FROM deliveries WHERE order_key LIKE 'b:77:%'");
      expect(order).toEqual({ snapshot: null });
      expect(copy.query('SELECT order_key, reason FROM audit_log')).toEqual([
        { order_key: 'b:77:1758310922044282', reason: 'basket 77' },
      ]);
      expect(copy.query('SELECT 1 FROM issued_baskets WHERE basket_id = 77')).toEqual([]);
    }));

  it('finds what was only offered, and what was only refused or in conflict', () =>
    inCopy(async (copy) => {
      const offered = await copy.run('erase', '--basket', '90', '--yes');
      expect([offered.status, countsIn(offered.stdout)]).toEqual([0, { issued_baskets: 1, refused_requests: 2 }]);
      expect(copy.query('SELECT digest FROM refused_requests WHERE day = 1')).toEqual([{ digest: 'other' }]);
      const twelve = await copy.run('erase', '--order', '12');
      expect(twelve.stdout).toContain('Nothing is held for the order.');
      expect(copy.query('SELECT order_key, reason FROM audit_log')).toEqual([{ order_key: null, reason: 'basket 90' }]);
      const conflicting = await copy.run('erase', '--basket', '31');
      expect(countsIn(conflicting.stdout)).toMatchObject({ usage_conflicts: 1, refused_requests: 1 });
    }));
});

describe('erase --customer', () => {
  it('finds by hash what remembers the customer, and leaves everybody else', () =>
    inCopy(async (copy) => {
      expect(dump(copy)).toContain(JANE);
      const erase = [
        '--customer',
        ' Jane@Shop.example',
        '--customer',
        '+90 555 000 00 00',
        '--reason',
        'letter of 3 May',
      ];
      const { status, stdout, stderr } = await copy.run('erase', ...erase, '--yes');
      expect(status).toBe(0);
      expect(countsIn(stdout)).toMatchObject({
        campaign_customers: 1,
        campaign_redemption_customers: 1,
        issued_baskets: 2,
      });
      const after = dump(copy);
      expect(after).not.toContain(JANE);
      expect(after + stdout + stderr).not.toMatch(/jane/i);
      expect(copy.query('SELECT customer_hash FROM campaign_customers')).toEqual([{ customer_hash: JOE }]);
      expect(copy.query('SELECT campaign_id, redemption_key FROM campaign_redemptions')).toHaveLength(2);
      expect(copy.query('SELECT order_key, reason FROM audit_log')).toEqual([
        { order_key: null, reason: 'customer: letter of 3 May' },
      ]);
    }));

  it('leaves the hashes that an open order is committed with', () =>
    inCopy(async (copy) => {
      copy.query(
        `UPDATE used_discounts SET reference = '{"customers":["${JANE}"]}' WHERE order_key = 'o:ORD-1004' RETURNING 1`,
      );
      const { status, stdout } = await copy.run('erase', '--customer', 'jane@shop.example', '--yes');
      expect([status, stdout]).toEqual([1, expect.stringContaining('o:ORD-1004 waits for the upstream')]);
      expect(copy.query(`SELECT 1 FROM campaign_customers WHERE customer_hash = '${JANE}'`)).toHaveLength(1);
      expect(copy.query(`SELECT reference FROM used_discounts WHERE order_key = 'o:ORD-1001'`)).toEqual([
        { reference: null },
        { reference: null },
      ]);
    }));
});

describe('the command line', () => {
  it('explains itself', async () => {
    expect(await runScript('erase', '--help')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^Usage: npm run erase/),
    });
  });

  it.each([
    [[], /Give one of --order, --basket and --customer/],
    [['--order', 'A', '--basket', '1'], /Give one of/],
    [['--order', ''], /--order is empty/],
    [['--basket', '1e3'], /--basket is a basket id/],
    [['--customer', ' '], /--customer is a phone number or an e-mail address/],
    [['--customer', 'Jane@shop.example', '--reason', 'jane@shop.example asked'], /names the customer/],
    [['--bogus'], /--bogus/],
  ])('says what is wrong with %j', async (args, expected) => {
    expect(await runScript('erase', ...args)).toMatchObject({ status: 1, stderr: expect.stringMatching(expected) });
  });

  it('wants the key from the environment for the deployed database', async () => {
    const { status, stderr } = await runScript('erase', ...['--customer', 'a@b.example', '--remote'], {
      CUSTOMER_HASH_KEY: '',
    });
    expect([status, stderr]).toEqual([1, expect.stringMatching(/^CUSTOMER_HASH_KEY is needed in the environment/)]);
  });
});
