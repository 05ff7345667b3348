/** The languages say the same things. */
import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { createTexts, fill, wordFor } from '../../../src/console/texts.ts';
import en from '../../../src/public/ops/texts/en.json';
import tr from '../../../src/public/ops/texts/tr.json';

/** `usage.heading` → what is filled in. */
function placesOf(texts: object, path = ''): [string, string][] {
  return Object.entries(texts).flatMap(([name, value]): [string, string][] => {
    if (typeof value === 'object') return placesOf(value, `${path}${name}.`);
    return [
      [
        path + name,
        [...value.matchAll(/\{\w+\}/g)]
          .map(([place]) => place)
          .sort()
          .join(' '),
      ],
    ];
  });
}

describe('the words of the console', () => {
  it('are the same ones in Turkish, with the same places to fill', () => {
    expect(placesOf(tr).sort()).toEqual(placesOf(en).sort());
  });

  it('are none of them empty, and but for names, none of them English in Turkish', () => {
    const [english, turkish] = [en, tr].map((texts) => new Map(flat(texts)));
    for (const [path, text] of turkish ?? []) expect([path, text.trim()]).not.toEqual([path, '']);
    const same = [...(turkish ?? [])].filter(([path, text]) => english?.get(path) === text).map(([path]) => path);
    expect(same.sort()).toEqual(['signedInAs', 'title']);
  });

  it('are read once', async () => {
    const asked: string[] = [];
    const texts = createTexts({
      fetch: (url: string) => {
        asked.push(url);
        return env.ASSETS.fetch(url);
      },
    } as never);
    for (const language of ['en', 'tr', 'en', 'tr'] as const) await texts(language);
    expect(asked.length).toBe(2);
    expect((await texts('tr')).nav.usages).toBe(tr.nav.usages);
  });

  it('are filled where they have a place, with text that is not filled again', () => {
    expect(fill('{a} of {b}, {c}', { a: '{b}', b: 2 })).toBe('{b} of 2, {c}');
    expect([wordFor({ due: 'waits' }, 'due'), wordFor({}, 'constructor')]).toEqual(['waits', 'constructor']);
  });
});

function flat(texts: object, path = ''): [string, string][] {
  return Object.entries(texts).flatMap(([name, value]): [string, string][] =>
    typeof value === 'object' ? flat(value, `${path}${name}.`) : [[path + name, value]],
  );
}
