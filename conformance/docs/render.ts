/** docs/conformance.md: the introduction, and a section for each check made of what the check says of itself. */
import { readFileSync } from 'node:fs';
import type { Check } from '../check.ts';
import { CHECKS, GROUPS, groupOf } from '../checks/index.ts';
import { MAX_REQUESTS, MAX_RUN_MS } from '../client.ts';

const INTRO = new URL('./intro.md', import.meta.url);

const GROUP_TITLES: Readonly<Record<string, string>> = {
  offers: 'what /offers accepts, and the shape of what it offers',
  money: 'arithmetic',
  usage: '/use-offers, and what is told twice',
  headers: 'what has to be there, and what HTTP allows',
  auth: 'Basic credentials',
  errors: 'what is refused, and in which form',
  limits: 'what no shop sends',
};

export function renderDocs(): string {
  const intro = readFileSync(INTRO, 'utf8')
    .replace('{{checks}}', String(CHECKS.length))
    .replace('{{requests}}', String(MAX_REQUESTS))
    .replace('{{minutes}}', String(MAX_RUN_MS / 60_000));
  const groups = GROUPS.map((group) => {
    const checks = CHECKS.filter(({ id }) => groupOf(id) === group);
    return `## \`${group}\`: ${GROUP_TITLES[group]}\n\n${checks.map(renderCheck).join('\n\n')}\n`;
  });
  return `${intro}\n${groups.join('\n')}`;
}

function renderCheck({ id, level, versions, title, section, why }: Check): string {
  const only = versions === undefined ? '' : `, ${versions.join(' and ')} only`;
  const [text, source] = [`**The server ${title}.** ${why}`, `*${level}${only}; ${section}*`];
  return [`### \`${id}\``, wrap(text), wrap(source)].join('\n\n');
}

/** Lines of at most 120 characters, where words allow it. */
function wrap(text: string): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line === '') lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length <= 120) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.join('\n');
}
