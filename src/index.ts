/** Worker entry: builds the dependencies once for its bindings, hands over, holds no logic. */
import { createApp } from './app.ts';
import { handleQueue, handleSchedule } from './delivery/handlers.ts';
import { createDeps, type Deps } from './deps.ts';

const depsByEnv = new WeakMap<Env, Deps>();

function depsOf(env: Env): Deps {
  let deps = depsByEnv.get(env);
  if (deps === undefined) {
    deps = createDeps(env);
    for (const { setting, message } of deps.problems) deps.log('error', 'misconfigured', { setting, reason: message });
    depsByEnv.set(env, deps);
  }
  return deps;
}

const app = createApp(depsOf);

export default {
  fetch: app.fetch,
  queue: (batch, env) => handleQueue(batch, depsOf(env).delivery),
  scheduled: (_controller, env) => handleSchedule(depsOf(env).delivery, depsOf(env).upkeep),
} satisfies ExportedHandler<Env>;
