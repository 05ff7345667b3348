/**
 * A chart of days as inline SVG, stacked where there are parts, and the same as a table. A day says its values when it is
 * pointed at or has the focus, and leads to its usages. Without the script every day is a stop of the Tab key; with it the
 * arrow keys go from day to day.
 */
import type { FC } from 'hono/jsx';
import type { Reader } from '../page.tsx';

/** Counts, and minor units of any length. */
export interface Part {
  /** Class of its colour, `c1` … `c7`. */
  readonly colour: string;
  readonly name: string;
  /** By day, as the chart's days. */
  readonly values: readonly bigint[];
}

interface Props {
  readonly reader: Reader;
  readonly title: string;
  /** `YYYY-MM-DD`, oldest first. */
  readonly days: readonly string[];
  readonly parts: readonly Part[];
  readonly show: (value: bigint) => string;
  /** In place of an empty chart. */
  readonly none?: string;
}

const WIDTH = 360;
const TOP = 18;
const HEIGHT = 110;
const BASE = TOP + HEIGHT;
/** What a day says: width, and height of a line. */
const BOX = 176;
const LINE = 14;
/** Lines that a day's values take at most; the others are in the table. */
const MAX_LINES = 7;
const total = (values: readonly bigint[]) => values.reduce((sum, value) => sum + value, 0n);

export const Chart: FC<Props> = ({ reader, title, days, parts, show, none }) => {
  const { format, texts } = reader;
  const sums = days.map((_, day) => total(parts.map(({ values }) => values[day] ?? 0n)));
  const highest = sums.reduce((most, sum) => (sum > most ? sum : most), 0n);
  const isStacked = parts.length > 1;
  const said = (day: number) =>
    isStacked
      ? parts.filter(({ values }) => values[day]).map(({ name, values }) => `${name}: ${show(values[day] ?? 0n)}`)
      : [show(sums[day] ?? 0n)];
  return (
    <figure class="chart">
      <figcaption>{title}</figcaption>
      {highest === 0n ? (
        <p class="none">{none ?? texts.overview.nothing}</p>
      ) : (
        <>
          <svg viewBox={`0 0 ${WIDTH} ${BASE + 16}`}>
            <title>{title}</title>
            <text class="scale" x="0" y="11">
              {show(highest)}
            </text>
            <path class="axis" d={`M0 ${TOP}H${WIDTH}M0 ${BASE}H${WIDTH}`} />
            {days.map((_, at) => stack(parts, at, highest))}
            <text class="scale" x="0" y={BASE + 13}>
              {format.day(days[0] ?? '')}
            </text>
            <text class="scale end" x={WIDTH} y={BASE + 13}>
              {format.day(days.at(-1) ?? '')}
            </text>
            {/* Above all bars, because what a day says covers some. */}
            {days.map((day, at) => (
              <Day day={day} at={at} of={days.length} label={format.day(day)} said={said(at)} />
            ))}
          </svg>
          {isStacked && (
            <ul class="legend">
              {parts.map(({ colour, name }) => (
                <li>
                  <svg class="swatch" viewBox="0 0 10 10" aria-hidden="true">
                    <rect class={colour} width="10" height="10" />
                  </svg>
                  {name}
                </li>
              ))}
            </ul>
          )}
          <details>
            <summary>{texts.overview.asTable}</summary>
            <DayTable {...{ reader, title, days, parts, show }} />
          </details>
        </>
      )}
    </figure>
  );
};

interface DayProps {
  readonly day: string;
  readonly at: number;
  readonly of: number;
  readonly label: string;
  readonly said: readonly string[];
}

const Day: FC<DayProps> = ({ day, at, of, label, said }) => {
  const slot = WIDTH / of;
  // On the other side, where it hides nothing of what it is about.
  const isLeft = at < of / 2;
  const lines = [label, ...said].slice(0, MAX_LINES + 1);
  return (
    <a class="day" href={`/ops/usages?from=${day}&to=${day}`} aria-label={[label, ...said].join(', ')}>
      <title>{[label, ...said].join('\n')}</title>
      <rect class="slot" x={round(at * slot)} y={TOP} width={round(slot)} height={HEIGHT} />
      <g class="values">
        <rect x={isLeft ? WIDTH - BOX : 0} y={TOP} width={BOX} height={lines.length * LINE + 8} rx="3" />
        <text y={TOP}>
          {lines.map((line) => (
            <tspan x={isLeft ? WIDTH - BOX + 8 : 8} dy={LINE}>
              {line}
            </tspan>
          ))}
        </text>
      </g>
    </a>
  );
};

/** From the base up; what is there is seen, however little it is. */
function stack(parts: readonly Part[], at: number, highest: bigint) {
  const slot = WIDTH / (parts[0]?.values.length ?? 1);
  let y = BASE;
  return parts.map(({ colour, values }) => {
    const value = values[at] ?? 0n;
    if (value <= 0n) return null;
    const height = Math.max(1, Number((value * 10_000n) / highest) / (10_000 / HEIGHT));
    y -= height;
    return <rect class={colour} x={round(at * slot + 1)} y={round(y)} width={round(slot - 2)} height={round(height)} />;
  });
}

const round = (value: number) => String(Math.round(value * 100) / 100);

const DayTable: FC<Props> = ({ reader, title, days, parts, show }) => (
  // Scrolls, so that it must have the focus to be read by keyboard.
  <section class="scroll" aria-label={title} tabindex={0}>
    <table>
      <thead>
        <tr>
          <th scope="col">{reader.texts.overview.day}</th>
          {parts.map(({ name }) => (
            <th scope="col">{name}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {days
          .map((day, at) => (
            <tr>
              <th scope="row">{reader.format.day(day)}</th>
              {parts.map(({ values }) => (
                <td class="amount">{show(values[at] ?? 0n)}</td>
              ))}
            </tr>
          ))
          .reverse()}
      </tbody>
    </table>
  </section>
);
