/** The frame of the shop's pages: what is always there, and the place where an answer is announced. */
import type { Child, FC } from 'hono/jsx';

export interface FrameProps {
  readonly title: string;
  /** What was refused, said before all else. */
  readonly problem?: string | null;
  readonly children?: Child;
}

export const Frame: FC<FrameProps> = ({ title, problem = null, children }) => (
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <title>{`${title} · Offerbridge sandbox`}</title>
      <link rel="icon" href="data:," />
      <link rel="stylesheet" href="/sandbox/style.css" />
      <script src="/sandbox/script.js" defer></script>
    </head>
    <body>
      <a class="skip" href="#main">
        Skip to the shop
      </a>
      <header>
        <a class="name" href="/">
          Offerbridge <span>sandbox shop</span>
        </a>
        <nav aria-label="Places">
          <a href="/#basket">Basket</a>
          <a href="/sandbox/account">My offers</a>
          <a href="#calls">Calls</a>
          <a href="/ops">Console</a>
          <a href="/openapi.json">OpenAPI</a>
        </nav>
      </header>
      <p id="notice" role="status">
        {problem === null ? null : <span class="problem">{problem}</span>}
      </p>
      <main id="main" tabindex={-1}>
        {children}
      </main>
    </body>
  </html>
);

/** A form of the page; the script sends it without leaving the page. */
interface ActionProps {
  readonly to: string;
  /** Said when it went well. */
  readonly done?: string;
  /** Id of what the keyboard goes on with, when what was pressed is gone. */
  readonly focus?: string;
  readonly class?: string;
  readonly children?: Child;
}

export const Action: FC<ActionProps> = (props) => (
  <form
    method="post"
    action={`/sandbox/do/${props.to}`}
    class={props.class}
    data-done={props.done}
    data-focus={props.focus}
  >
    {props.children}
  </form>
);
