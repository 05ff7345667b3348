/** The frame of every page, and what pages are given. Everything that comes from outside is text: JSX escapes it. */
import type { Context } from 'hono';
import type { Child, FC } from 'hono/jsx';
import { isObject } from '../common/json.ts';
import type { Actor } from './access.ts';
import type { Format } from './format.ts';
import { fill, type Texts, wordFor } from './texts.ts';

/** Of one request. */
export interface Reader {
  readonly actor: Actor;
  readonly texts: Texts;
  readonly format: Format;
  /** Path and query, for the switch of the language; null for the answer to a form, which has no address. */
  readonly here: URL | null;
  /** There are campaigns to look at. */
  readonly hasCatalog: boolean;
}

type Place = keyof Texts['nav'];

const PATHS: Readonly<Record<Place, string>> = {
  overview: '/ops',
  usages: '/ops/usages',
  dead: '/ops/dead',
  conflicts: '/ops/conflicts',
  refused: '/ops/refused',
  catalog: '/ops/catalog',
  audit: '/ops/audit',
};

interface PageProps {
  readonly reader: Reader;
  readonly title: string;
  readonly place: Place;
  readonly children?: Child;
}

export const Page: FC<PageProps> = ({ reader, title, place, children }) => {
  const { texts, actor, format } = reader;
  const places = (Object.keys(PATHS) as Place[]).filter((it) => it !== 'catalog' || reader.hasCatalog);
  return (
    <html lang={format.language}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{`${title} · ${texts.title}`}</title>
        <link rel="icon" href="/ops/icon.svg" />
        <link rel="stylesheet" href="/ops/style.css" />
        <script src="/ops/script.js" defer></script>
      </head>
      <body>
        <a class="skip" href="#content">
          {texts.skip}
        </a>
        <header>
          <a class="name" href="/ops">
            {texts.title}
          </a>
          <nav aria-label={texts.title}>
            <ul>
              {places.map((it) => (
                <li>
                  <a href={PATHS[it]} aria-current={it === place ? 'page' : undefined}>
                    {texts.nav[it]}
                  </a>
                </li>
              ))}
            </ul>
          </nav>
          <p class="who">
            <span>{fill(texts.signedInAs, { name: actor.name, role: texts.role[actor.role] })}</span>
            <a href={inOtherLanguage(reader, place)} hreflang={otherLanguage(reader)} lang={otherLanguage(reader)}>
              {texts.language}
            </a>
          </p>
        </header>
        <main id="content" tabindex={-1}>
          <h1>{title}</h1>
          {children}
        </main>
        <footer>{fill(texts.timesIn, { zone: format.timeZone })}</footer>
      </body>
    </html>
  );
};

const otherLanguage = ({ format }: Reader) => (format.language === 'en' ? 'tr' : 'en');

function inOtherLanguage(reader: Reader, place: Place): string {
  if (reader.here === null) return `${PATHS[place]}?lang=${otherLanguage(reader)}`;
  const url = new URL(reader.here);
  url.searchParams.set('lang', otherLanguage(reader));
  return `${url.pathname}${url.search}`;
}

/** A state, told by word and colour. */
export const State: FC<{ reader: Reader; state: string }> = ({ reader, state }) => {
  const { texts } = reader;
  return (
    <span class={`state ${/^[a-z_]+$/.test(state) ? state : ''}`} title={wordFor(texts.stateMeans, state)}>
      {wordFor(texts.state, state)}
    </span>
  );
};

export const Time: FC<{ reader: Reader; ms: number }> = ({ reader, ms }) => (
  <time datetime={new Date(ms).toISOString()}>{reader.format.time(ms)}</time>
);

/** What has no width, or turns the direction of what follows: a text of a stranger shall look like what it is. */
const UNSEEN = /[\p{Cc}\p{Cf}\u2028\u2029]/gu;

export function plain(value: unknown): string {
  return String(value ?? '').replace(UNSEEN, '');
}

/** Of a stored list of ids; what is none spoils its own cell alone. */
export function idsOf(json: unknown): string[] {
  try {
    const ids = JSON.parse(String(json)) as unknown;
    return Array.isArray(ids) ? ids.map(plain) : [];
  } catch {
    return [];
  }
}

/** Of a stored object; what is none has nothing to show. */
export function objectOf(json: unknown): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(String(json));
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

/** `o:ORD-1` → `ORD-1`, `b:32:17` → the basket. */
export function nameOfOrder(orderKey: string): string {
  return plain(orderKey.startsWith('o:') ? orderKey.slice(2) : orderKey);
}

/** A page that says one thing, and leads back. */
export const Message: FC<{ reader: Reader; text: string; place?: Place }> = ({ reader, text, place = 'overview' }) => (
  <Page reader={reader} title={text} place={place}>
    <p>
      <a href={PATHS[place]}>{reader.texts.nav[place]}</a>
    </p>
  </Page>
);

/** The answer that a page is. */
export function page(
  c: Context,
  content: { toString(): string | Promise<string> },
  status: 200 | 400 | 403 | 404 = 200,
) {
  return c.html(`<!doctype html>${content}`, status);
}
