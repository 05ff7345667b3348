/** The reference upstream's own routes: what a test or a developer tells it, and asks it afterwards. */
import { readAuth } from './auth.ts';
import { type Answer, type Call, parse, toAnswer, type Upstream } from './core.ts';
import type { Fault } from './faults.ts';

export const CONTROL_HELP = `Control, JSON over HTTP:

  POST   /_control/faults    one fault or a list of them; the first that meets a call is the one that happens
  GET    /_control/faults    those that are still active
  DELETE /_control/faults    none any more
  GET    /_control/calls     {"calls":[{"method","path","headers","body","order","discounts","at","endedAt","status",
                             "overlapped"}],"maxConcurrent"}; "overlapped": at once with another of the same order
  GET    /_control/effects   {"effects":[{"key","id","order","amount","currency","at","asked"}]}; one effect for each
                             key, however often it was asked for
  PUT    /_control/auth      what is accepted from now on: {"kind":"none"}, {"kind":"bearer","token"},
                             {"kind":"basic","username","password"} or {"kind":"header","header","token"}
  POST   /_control/reset     forgets everything and is as it was started

A fault says which calls it meets, all of them unless told otherwise:
  "route" "/offers" or "/usages"   "order" an order number or a list   "discount" a discount id or a list
  "times" so many calls, then it is gone (default: until it is cleared)
and what happens ("do"):
  answer         the ordinary answer; with "slowMs"
  reply          "status" (200), "headers", "body" (none): an error, a redirect, HTML, the wrong shape, an empty 204
  hang           no answer
  reset          the connection is cut
  truncate       the answer breaks off before the length that was declared
  invalid-utf8   a body that is no text
  large          "bytes" (50 MB) of white space
  endless        white space without an end
  line           /usages: the discount's result is "outcome" (accepted, rejected, later) with "reason"
Any of them: "slowMs" waits first; "apply": true carries the call out before all but "answer", which always does.

  {"do":"answer","slowMs":3000}                            slow
  {"do":"reply","status":429,"headers":{"retry-after":"7"},"times":1}
  {"do":"reply","status":302,"headers":{"location":"http://127.0.0.1:9/"}}
  {"do":"hang","apply":true,"route":"/usages","order":"ORD-1","times":1}    applied, and nobody hears of it
  {"do":"line","discount":"spring-10","outcome":"rejected","reason":"used up"}`;

export function answerControl(upstream: Upstream, { method, path, body }: Call): Answer {
  const { faults, calls, redemptions } = upstream;
  try {
    switch (`${method} ${path.slice('/_control'.length)}`) {
      case 'POST /faults': {
        const told = parse(body) as Fault | Fault[];
        for (const fault of Array.isArray(told) ? told : [told]) faults.add(fault);
        return toAnswer(200, { faults: faults.list() });
      }
      case 'GET /faults':
        return toAnswer(200, { faults: faults.list() });
      case 'DELETE /faults':
        faults.clear();
        return toAnswer(200, { faults: [] });
      case 'GET /calls':
        return toAnswer(200, { calls: calls.all, maxConcurrent: calls.maxConcurrent });
      case 'GET /effects':
        return toAnswer(200, { effects: redemptions.effects });
      case 'PUT /auth':
        upstream.auth = readAuth((parse(body) ?? {}) as Record<string, unknown>);
        return toAnswer(200, { kind: upstream.auth.kind });
      case 'POST /reset':
        upstream.reset();
        return toAnswer(200, {});
      default:
        return toAnswer(404, { error: 'no such control; see npm run upstream -- --help' });
    }
  } catch (error) {
    return toAnswer(400, { error: (error as Error).message });
  }
}
