/** The panel of calls: each that was made to the adapter, with what was said, what was answered and how long that took. */
import type { FC } from 'hono/jsx';
import type { StoredCall } from '../calls.sql.ts';
import type { Settings } from '../settings.ts';
import { Json } from './highlight.tsx';
import { type Credentials, toCurl } from './to-curl.ts';

interface Props {
  /** The newest first. */
  readonly calls: readonly StoredCall[];
  readonly origin: string;
  readonly credentials: Credentials;
  readonly customer: Settings['customer'];
}

export const Calls: FC<Props> = (props) => (
  <section id="calls" aria-labelledby="calls-title">
    <h2 id="calls-title">Calls to the adapter</h2>
    <p class="note">The newest first, at their time in UTC. Open one to see all of it.</p>
    <ol data-live="/sandbox/panel">
      <CallList {...props} />
    </ol>
  </section>
);

export const CallList: FC<Props> = ({ calls, origin, credentials, customer }) => (
  <>
    {calls.map((call) => (
      <li id={`call-${call.id}`} data-call={call.id}>
        <details>
          <summary>
            <code>
              {call.method} {call.path}
            </code>
            <time datetime={new Date(call.at).toISOString()}>{new Date(call.at).toISOString().slice(11, 19)}</time>
            <span class="meta">
              <span class={`status ${call.status !== null && call.status < 400 ? 'good' : 'bad'}`}>
                {call.status ?? 'no answer'}
              </span>
              {call.method === 'POST' && <span>{call.contractVersion}</span>}
              <span class="amount">{call.durationMs} ms</span>
              {isReplay(call) && <span class="badge">replayed</span>}
            </span>
          </summary>
          <h3>Request</h3>
          <Headers text={call.requestHeaders} />
          {call.requestBody !== '' && <Json text={call.requestBody} />}
          <h3>Answer{call.answerBody === '' && ', without a body'}</h3>
          <Headers text={call.answerHeaders} />
          {call.answerBody !== '' && <Json text={call.answerBody} />}
          <details class="curl">
            <summary>As curl</summary>
            <button type="button" data-copy hidden>
              Copy
            </button>
            {call.method === 'GET' && <p class="note">In the project's folder: a script there signs the token.</p>}
            <pre tabindex={0}>{toCurl(call, origin, credentials, customer)}</pre>
          </details>
        </details>
      </li>
    ))}
  </>
);

const Headers: FC<{ text: string }> = ({ text }) => (
  <dl class="headers">
    {Object.entries(JSON.parse(text) as Record<string, string>).map(([name, value]) => (
      <div>
        <dt>{name}</dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
);

function isReplay({ answerHeaders }: StoredCall): boolean {
  return (JSON.parse(answerHeaders) as Record<string, string>)['idempotent-replayed'] === 'true';
}
