/**
 * Where the CPU of /offers goes, function by function. In a workerd of its own, so that nothing else is measured under an
 * inspector, and on bundles that are not minified, so that functions have names and modules can be told apart.
 */
import type { Case, Side } from './cases.ts';
import { Client } from './client.ts';
import { profileDuring, SAMPLE_US, type V8Node, type V8Profile } from './inspector.ts';
import type { Server } from './server.ts';

export interface ProfileEffort {
  readonly warmUpRequests: number;
  readonly requests: number;
}

/** Microseconds a request. What is not JavaScript counts for the function that called it. */
export interface ProfileFigures {
  readonly label: string;
  /** Largest first: rooms of `src`, packages, and workerd itself. */
  readonly places: readonly { readonly name: string; readonly oursUs: number; readonly plainUs: number }[];
  /** Of ours, the largest first. */
  readonly functions: readonly { readonly name: string; readonly us: number }[];
}

const CONNECTIONS = 8;
const MOST_FUNCTIONS = 12;
/** No sample is taken while the thread is busy with another Worker: the time until the next one is not its own. */
const MAX_SAMPLE_US = 2 * SAMPLE_US;

/** @param scripts as they were bundled: comments say where each module begins */
export async function profileCase(
  server: Server,
  subject: Case,
  scripts: Readonly<Record<Side, string>>,
  effort: ProfileEffort,
): Promise<ProfileFigures> {
  await subject.prepare(server, CONNECTIONS);
  const measure = async (side: Side) => {
    const name = side === 'ours' ? 'ours' : subject.plain;
    const client = new Client(server.urlOf(name), CONNECTIONS);
    const ask = async (requests: number) => {
      const connect = async (_: unknown, connection: number) => {
        for (let i = 0; i < requests / CONNECTIONS; i++) await client.ask(subject.next(side, connection));
      };
      await Promise.all(Array.from({ length: CONNECTIONS }, connect));
    };
    await ask(effort.warmUpRequests);
    const profile = await profileDuring(await server.inspectorUrlOf(name), () => ask(effort.requests));
    client.close();
    return addUp(profile, scripts[side], effort.requests);
  };
  const ours = await measure('ours');
  const plain = await measure('plain');
  const names = new Set([...ours.places.keys(), ...plain.places.keys()]);
  return {
    label: subject.label,
    places: [...names]
      .map((name) => ({ name, oursUs: ours.places.get(name) ?? 0, plainUs: plain.places.get(name) ?? 0 }))
      .sort((a, b) => b.oursUs - a.oursUs),
    functions: [...ours.functions]
      .map(([name, us]) => ({ name, us }))
      .sort((a, b) => b.us - a.us)
      .slice(0, MOST_FUNCTIONS),
  };
}

function addUp({ nodes, samples, timeDeltas }: V8Profile, script: string, requests: number) {
  const places = new Map<string, number>();
  const functions = new Map<string, number>();
  const ownerOf = findOwners(nodes, listModules(script));
  const add = (to: Map<string, number>, name: string, us: number) => to.set(name, (to.get(name) ?? 0) + us);
  for (const [at, id] of samples.entries()) {
    const owner = ownerOf.get(id);
    if (owner === undefined) continue;
    const us = Math.min(timeDeltas[at] ?? 0, MAX_SAMPLE_US) / requests;
    add(places, owner.place, us);
    if (owner.name !== undefined) add(functions, owner.name, us);
  }
  return { places, functions };
}

interface Owner {
  readonly place: string;
  /** `readJson, src/akinon/body.ts`; only for functions of the Worker. */
  readonly name?: string;
}

/** Who is charged for a node: itself where it is JavaScript, else its caller; nobody for idling. */
function findOwners(nodes: readonly V8Node[], moduleOf: (line: number) => string): Map<number, Owner> {
  const owners = new Map<number, Owner>();
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const visit = (node: V8Node, caller: Owner) => {
    const owner = ownerAlone(node, moduleOf) ?? caller;
    if (node.callFrame.functionName !== '(idle)') owners.set(node.id, owner);
    for (const id of node.children ?? []) visit(byId.get(id) as V8Node, owner);
  };
  if (nodes[0] !== undefined) visit(nodes[0], { place: 'workerd' });
  return owners;
}

function ownerAlone({ callFrame }: V8Node, moduleOf: (line: number) => string): Owner | null {
  const { functionName, url, lineNumber } = callFrame;
  if (functionName === '(garbage collector)') return { place: 'garbage collection' };
  if (url.includes('d1-api')) return { place: 'D1 binding' };
  if (!/^script-\d+\.mjs$/.test(url)) return null;
  const module = moduleOf(lineNumber);
  // Bundling numbers what has the same name in two modules.
  const name = `${functionName.replace(/(?<=[a-z])\d$/, '') || '(anonymous)'}, ${module}`;
  return { place: toPlace(module), name };
}

/** `node_modules/hono/dist/app.js` → `hono`; `src/akinon/v2/schemas.ts` → `src/akinon`; `src/app.ts` → `src`. */
function toPlace(module: string): string {
  const inPackage = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(module)?.[1];
  return inPackage ?? module.replace(/^(src\/(?:connectors\/)?[^/]+)\/.*$/, '$1').replace(/^src\/[^/]+\.ts$/, 'src');
}

/** By the comments that a bundle has before each module. @returns the module of a line, from 0 */
function listModules(script: string): (line: number) => string {
  let current = 'bundle';
  const modules = script.split('\n').map((line) => {
    current =
      /^\/\/ ((?:\.\.\/)*(?:src|bench|node_modules)\/\S+)$/.exec(line)?.[1]?.replace(/^(?:\.\.\/)+/, '') ?? current;
    return current;
  });
  return (line) => modules[line] ?? 'bundle';
}
