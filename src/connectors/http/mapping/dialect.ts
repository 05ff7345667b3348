/** How the upstream of a mapping speaks of orders: by the rules and outcomes of its file. */
import * as v from 'valibot';
import type { Dialect } from '../judge-usage.ts';
import { ResultsSchema } from '../schemas.ts';
import { type Answer, isBlank } from '../upstream/call.ts';
import type { CompiledRule } from './compiled.ts';
import { createTemplate, type Node } from './evaluate.ts';
import { createJudge, createView } from './judge.ts';
import { holdsMark } from './settle.ts';
import { attempt, placed, TemplateError } from './template-error.ts';
import type { Helper } from './values.ts';

interface DialectParts<M extends string> {
  readonly rules: readonly CompiledRule<M>[];
  readonly outcomes?: Node;
  /** Of the mapping, for what is said of errors. */
  readonly section: string;
  readonly toDetail: (error: TemplateError) => string;
}

/** @returns for answers about one order, whose bodies are read once */
export function createDialect<M extends string>(
  { rules, outcomes, section, toDetail }: DialectParts<M>,
  helpers: Readonly<Record<string, Helper>>,
): (context: Readonly<Record<string, unknown>>) => Dialect<M> {
  const judge = createJudge(rules, section, helpers);
  const resultsOf = outcomes === undefined ? null : createTemplate(outcomes, helpers);
  return (context) => {
    const see = createView(context);
    return {
      meaningOf: (answer) => attempt(() => ({ meaning: judge(see(answer)) }), toDetail),
      resultsOf: (answer) => {
        if (resultsOf !== null) {
          const read = () => readResults(resultsOf(see(answer).context));
          return attempt(() => placed(`${section}.outcomes`, read), toDetail);
        }
        const isReadable = isBlank(answer.body) || see(answer).isJson;
        return isReadable ? { results: 'all' } : { flaw: 'the answer is no JSON' };
      },
    };
  };
}

/** What a rule says, where one does. */
export function meansBy<M extends string>({ meaningOf }: Pick<Dialect<M>, 'meaningOf'>, answer: Answer): M | null {
  const told = meaningOf(answer);
  return 'flaw' in told ? null : told.meaning;
}

/** @throws TemplateError */
function readResults(results: unknown): v.InferOutput<typeof ResultsSchema> {
  if (holdsMark(results)) throw new TemplateError('money() and sha256() are for requests and offers');
  const read = v.safeParse(ResultsSchema, { results });
  if (read.success) return read.output;
  const [key, field] = (read.issues[0].path ?? []).slice(1).map((part) => String(part.key));
  const error = new TemplateError('must come to a list of {"id", "status": "accepted", "rejected" or "later"}');
  throw key === undefined ? error : error.placedIn(field === undefined ? key : `${key}.${field}`);
}
