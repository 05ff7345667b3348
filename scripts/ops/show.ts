/** `usages show`: everything that is known about one order. */
import { SHOW_GATE, showOrder } from '../../src/ledger/inspect.sql.ts';
import { type Execute, inline, type Row } from './d1.ts';
import { describeGate } from './list.ts';
import { findOrders, pickOrders, readingsOf } from './orders.ts';
import { amount, clean, plural, table, time, toJson } from './print.ts';

const SHOW_ORDER = showOrder(-1);
type Shown = Record<keyof typeof SHOW_ORDER, readonly Row[]>;

export async function show(key: string, options: { readonly json?: boolean | undefined }, execute: Execute) {
  const names = Object.keys(SHOW_ORDER) as (keyof typeof SHOW_ORDER)[];
  const readings = readingsOf(key);
  const [[gate = {}] = [], found = [], ...results] = await execute(
    SHOW_GATE,
    findOrders([key]),
    ...readings.flatMap((reading) => names.map((name) => inline(SHOW_ORDER[name], reading))),
  );
  const { orderKeys, notes } = pickOrders([key], found);
  const orderKey = orderKeys[0] as string;
  const first = readings.indexOf(orderKey) * names.length;
  const shown = Object.fromEntries(names.map((name, at) => [name, results[first + at] ?? []])) as unknown as Shown;
  for (const note of notes) console.error(note);
  if (options.json) console.log(toJson({ order_key: orderKey, ...shown, delivery: shown.delivery[0] ?? null }));
  else console.log(describe(orderKey, shown));
  if (!options.json && gate.state !== 'open' && shown.delivery[0]?.state === 'due')
    console.log(`\n${describeGate(gate)}`);
  return 0;
}

function describe(orderKey: string, { delivery: [delivery], ...shown }: Shown): string {
  const sections = [
    `Order ${clean(orderKey)}\n${delivery === undefined ? '  No usage of it was accepted.' : describeDelivery(delivery, shown.discounts)}`,
    section(
      'Discounts',
      ['DISCOUNT', 'STATE', 'AMOUNT', 'RECORDED (UTC)', 'SETTLED', 'UPSTREAM REFERENCE', 'REASON'],
      shown.discounts.map((line) => [
        String(line.discount_id),
        String(line.state),
        amount(line),
        time(line.recorded_at),
        time(line.settled_at),
        String(line.upstream_ref ?? '–'),
        [line.reason, line.uncertain ? 'may have been done' : null].filter((it) => it !== null).join('; '),
      ]),
    ),
    section(
      'What Akinon sent',
      ['RECEIVED (UTC)', 'REQUEST ID', 'BASKET', 'USED DISCOUNTS', 'NOT AS THE CONTRACT SAYS'],
      shown.usages.map((usage) => [
        time(usage.received_at),
        String(usage.request_id),
        basketOf(usage),
        listOf(usage.used_discounts),
        listOf(usage.drift),
      ]),
    ),
    section(
      'Attempts',
      ['STARTED (UTC)', 'TOOK', 'OUTCOME', 'STATUS', 'DETAIL'],
      shown.attempts.map((attempt) => [
        time(attempt.started_at),
        `${attempt.duration_ms} ms`,
        String(attempt.outcome),
        String(attempt.status ?? '–'),
        String(attempt.detail ?? ''),
      ]),
    ),
    section(
      'Conflicts: a known request id that came with another meaning',
      ['FIRST (UTC)', 'TIMES', 'REQUEST ID', 'CAME FOR', 'USED DISCOUNTS', 'STANDS'],
      shown.conflicts.map((conflict) => [
        time(conflict.first_at),
        String(conflict.times),
        String(conflict.request_id),
        String(conflict.order_key),
        listOf(conflict.used_discounts),
        String(conflict.stands ?? '–'),
      ]),
    ),
    section(
      'Decisions',
      ['AT (UTC)', 'BY', 'WHAT', 'DISCOUNT', 'REASON'],
      shown.decisions.map((decision) => [
        time(decision.at),
        String(decision.actor),
        String(decision.action),
        String(decision.discount_id ?? '–'),
        String(decision.reason),
      ]),
    ),
  ];
  return sections.filter((text) => text !== null).join('\n\n');
}

function section(title: string, head: readonly string[], rows: readonly (readonly string[])[]): string | null {
  return rows.length === 0 ? null : `${title}\n${table(head, rows)}`;
}

function describeDelivery(delivery: Row, lines: readonly Row[]): string {
  const { state } = delivery;
  const isOpen = state !== 'done';
  const needsPerson = lines.some((line) => line.state === 'dead' || line.state === 'unrecognised');
  const when = isOpen
    ? state === 'due'
      ? `open, next attempt at ${time(delivery.due_at)}`
      : `being delivered, held until ${time(delivery.due_at)}`
    : needsPerson
      ? 'waits for a person'
      : `done since ${time(delivery.done_at)}`;
  const parts = [
    when,
    `${plural(Number(delivery.attempts), 'attempt')} counted`,
    `generation ${delivery.generation}`,
    isOpen ? `last outcome ${delivery.last_outcome}` : null,
    delivery.crashes ? plural(Number(delivery.crashes), 'vanished worker') : null,
    delivery.upstream_ref === null ? null : `upstream reference ${clean(String(delivery.upstream_ref))}`,
    delivery.has_snapshot ? null : 'basket no longer kept',
    delivery.has_unknown_call ? 'the call of unknown outcome is kept' : null,
  ];
  return `  Delivery: ${parts.filter((part) => part !== null).join('; ')}`;
}

function basketOf({ basket_id: id, basket_version: version }: Row): string {
  return id === null ? '–' : version === null ? String(id) : `${id}:${version}`;
}

function listOf(json: Row[string] | undefined): string {
  return typeof json === 'string' ? (JSON.parse(json) as string[]).join(' ') : '';
}
