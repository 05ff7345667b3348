/** Calls everything in the table, then whatever else the pages lead to, and compares the rows read with their bound. */
import { generate } from './generated.sql.ts';
import { GENERAL_BOUND, type Ledger, listSubjects, type Subject } from './pages.ts';
import type { Seeded } from './seed.ts';
import { type Answer, type LedgerWorker, startLedgerWorker } from './worker.ts';

export interface Measured {
  readonly page: string;
  readonly statements: number;
  readonly rowsRead: number;
  readonly ms: number;
  readonly bound: number;
  /** Null = as it should be. */
  readonly flaw: string | null;
}

/** Pages that links lead to: so many in all, and of one kind. */
const MAX_FOLLOWED = 60;
const MAX_OF_A_KIND = 2;

/** Usages of which the totals know nothing yet: more than a sweep adds up. */
const BEHIND = 5000;

/** @param bound of every page, in place of its own */
export async function measureLedger(stateDir: string, seeded: Seeded, bound?: number): Promise<Measured[]> {
  const worker = await startLedgerWorker(stateDir);
  try {
    // So that the sweep tells everything and has days to add up, also when it did an hour ago.
    await worker.query('DELETE FROM alerts');
    const behind = 'SELECT max(id) - ?1 FROM usages';
    await worker.query(`UPDATE totals_progress SET counted_id = (${behind}), judged_id = (${behind})`, BEHIND);
    const subjects = listSubjects(await findLandmarks(worker, seeded)).map((it) => ({
      ...it,
      bound: bound ?? it.bound,
    }));
    const measured: Measured[] = [];
    const links: string[] = [];
    for (const subject of subjects) {
      const { form, answer } = await call(worker, subject);
      if (form === 0) throw new Error(`nothing to choose on ${subject.chosenOf}`);
      if (answer.type.startsWith('text/html')) links.push(...readLinks(answer.text));
      measured.push(judge(subject, answer));
    }
    measured.push(...(await follow(worker, subjects, links, bound ?? GENERAL_BOUND)));
    if (worker.complaints.length > 0)
      throw new Error(`the Worker complained: ${worker.complaints.slice(0, 3).join('\n')}`);
    return measured;
  } finally {
    await worker.stop();
  }
}

async function call(worker: LedgerWorker, { path, method, chosenOf }: Subject) {
  if (chosenOf === undefined) return { answer: await worker.ask(path, method) };
  const { text } = await worker.ask(chosenOf);
  const lines = [...text.matchAll(/name="line" value="([^"]+)"/g)].map(([, value = '']) => toText(value));
  const form = new URLSearchParams(new URL(path, 'http://here').searchParams);
  for (const line of lines) form.append('line', line);
  return { form: lines.length, answer: await worker.ask(path, method, form) };
}

function judge({ page, bound, status = 200 }: Subject, answer: Answer): Measured {
  const { statements, rowsRead, ms } = answer;
  const flaws = [
    ...(answer.status === status ? [] : [`answered ${answer.status}`]),
    ...(rowsRead <= bound ? [] : [`${rowsRead - bound} too many`]),
  ];
  return { page, statements, rowsRead, ms, bound, flaw: flaws.length === 0 ? null : flaws.join(', ') };
}

/** Breadth first, from the console's own front page. */
async function follow(worker: LedgerWorker, subjects: readonly Subject[], links: readonly string[], bound: number) {
  const seen = new Set(subjects.map(({ path }) => path));
  const kinds = new Map<string, number>();
  for (const { path } of subjects) kinds.set(kindOf(path), MAX_OF_A_KIND);
  const queue = ['/ops', ...links];
  const measured: Measured[] = [];
  for (let path = queue.shift(); path !== undefined && measured.length < MAX_FOLLOWED; path = queue.shift()) {
    const kind = kindOf(path);
    const times = kinds.get(kind) ?? 0;
    if (seen.has(path) || times >= MAX_OF_A_KIND) continue;
    seen.add(path);
    kinds.set(kind, times + 1);
    const answer = await worker.ask(path);
    const leadsOn = answer.status >= 300 && answer.status < 400;
    queue.push(...readLinks(answer.text));
    measured.push(judge({ page: path, path, bound, ...(leadsOn && { status: answer.status }) }, answer));
  }
  return measured;
}

/** What pages have in common but for ids: `/ops/usages/17` is a usage like any other. */
function kindOf(path: string): string {
  const { pathname, searchParams } = new URL(path, 'http://here');
  const places = pathname.split('/').map((part) => (/\d|generated/i.test(part) ? '#' : part));
  return `${places.join('/')}?${[...searchParams.keys()].sort().join('&')}`;
}

/** Pages of the console. Files are in the table, because they have bounds of their own. */
function readLinks(html: string): string[] {
  return [...html.matchAll(/<a [^>]*href="([^"]+)"/g)]
    .map(([, href = '']) => toText(href))
    .filter((href) => /^\/ops(?:[/?]|$)/.test(href) && !/\.(?:csv|json)\b|[?&]lang=/.test(href));
}

function toText(text: string): string {
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

async function findLandmarks(worker: LedgerWorker, { orders, now }: Seeded): Promise<Ledger> {
  const { landmarks } = generate(orders, now);
  const one = async (sql: string, ...values: (string | number)[]) => {
    const [row] = await worker.query(sql, ...values);
    return Number(Object.values(row ?? {})[0]);
  };
  // Or of the next, where the sweep of an earlier run has removed it.
  const nextTo = 'FROM usages WHERE request_id >= ?1 ORDER BY request_id LIMIT 1';
  const ofOrder = (column: string, n: number) =>
    one(`SELECT ${column} ${nextTo}`, landmarks.requestId(Math.max(1, Math.floor(n))));
  const day = async (n: number) => new Date(await ofOrder('received_at', n)).toISOString().slice(0, 10);
  return {
    ...landmarks,
    orders,
    newestId: await one('SELECT max(id) FROM usages'),
    middleId: await ofOrder('id', orders / 2),
    deepId: await one('SELECT id FROM usages ORDER BY id LIMIT 1 OFFSET 99'),
    middleDecision: await one('SELECT max(id) / 2 FROM audit_log'),
    middleDay: await day(orders / 2),
    oldDay: await day(orders / 10),
    newestDay: await day(orders),
  };
}
