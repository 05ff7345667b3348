/** `npm run mapping -- check` */
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { clean, plural } from '../../ops/print.ts';
import { listMappings, MAPPINGS } from '../build.ts';
import { type Checked, checkMapping, findOrphans, fixturesFile } from '../check.ts';
import { checkFolder } from '../folder.ts';
import { describeProblem } from '../read-mapping.ts';
import { UsageError } from '../usage-error.ts';

export const HELP = `Usage: npm run mapping -- check [NAME…]

Validates mappings and runs their fixtures; without a NAME all of them. Nothing is sent. Rules that no fixture reaches
are named, and are no problem. Each problem is one line:

  ${MAPPINGS}/crm.json:12:7  usages.body.lines: what is wrong, and what to do

Fixtures are ${MAPPINGS}/fixtures/NAME.json: a request and what must be sent for it, an answer
and what must come of it. in-house-crm.json has one of each kind.

  {
    "offers": [{ "name": "a guest",
      "question": { "basket": { "items": [{ "id": 59, "unitPrice": "500.10" }] }, "customer": { "phone": null } },
      "sends": { "method": "POST", "target": "/campaigns", "headers": { "authorization": "Bearer <CRM_TOKEN>" },
                 "body": { … } },
      "answers": { "status": 200, "body": { … } },
      "offers": [ … ]                                  or "fails": "error" | "unavailable" | "unaskable"
    }],
    "usages": [{ "name": "one line",
      "commit": { "orderNumber": "ORD-1", "discounts": [{ "id": "ten", "type": "BASKET", "amount": "10.00" }] },
      "sends": { … }, "answers": { … },
      "outcomes": { "ten": { "status": "accepted" } }  or "fails": "later" | "refused" | "unknown" | "paused"
    }],
    "lookups": [ … ]                                   like usages, or "absent": true
  }

  question, commit  in the words of the bridge protocol; what is left out has a default
  sends             parts that are left out are not compared, nor headers that are not named; null = nothing is sent
  answers           headers, and body (JSON) or text; "nothing" = the connection is lost
  drops             offers that the guard is to drop: [{ "id": "x", "reason": "invalid_amount" }]
  secrets, now      beside offers: {"CRM_SECRET": "its value"} and "2026-01-01T00:00:00Z", where a signature is compared
  "<CRM_TOKEN>"     is the value that the secret CRM_TOKEN has here, unless secrets gives it another one; "<token>" is the
                    token that oauth2 or a login fetches; "<any>" is whatever is there

  --folder DIR      another folder of mappings (default ${MAPPINGS})
  --help            this text`;

export async function check(args: string[]): Promise<number> {
  const options = { folder: { type: 'string', default: MAPPINGS } } as const;
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  const folder = checkFolder(values.folder);
  const known = listMappings(folder).map((file) => basename(file, '.json'));
  const names = positionals.length === 0 ? known : [...new Set(positionals.map((name) => name.replace(/\.json$/, '')))];
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`There is no mapping ${unknown} in ${folder}: ${known.join(', ') || 'it has none'}.`);
  }
  const results: Checked[] = [];
  for (const name of names) results.push(await checkMapping(folder, name));
  const orphans = positionals.length === 0 ? findOrphans(folder) : [];
  const problems = [...results.flatMap((result) => result.problems), ...orphans];
  for (const problem of problems) console.log(clean(describeProblem(problem)));
  if (problems.length > 0) {
    const wrong = new Set(problems.map(({ file }) => file)).size;
    console.log(`\n${plural(problems.length, 'problem')} in ${plural(wrong, 'file')}.`);
    return 1;
  }
  for (const { name, cases, unreached } of results) {
    const ran = cases === null ? `no fixtures: write ${fixturesFile(folder, name)}` : plural(cases, 'case');
    console.log(`${name}: all right; ${ran}`);
    for (const rule of unreached) console.log(`  ${clean(describeProblem(rule))}`);
  }
  if (results.length === 0) console.log(`No mappings in ${folder}. Begin one: npm run mapping -- new NAME`);
  return 0;
}
