/** The command as a process, as a person or a build server runs it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { CREDENTIALS } from './reference-server.ts';

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** @param onStart sees the process while it runs */
export function runCommand(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  onStart: (child: ChildProcess) => void = () => {},
): Promise<Ran> {
  const { CONFORMANCE_USERNAME: _, CONFORMANCE_PASSWORD: __, ...inherited } = process.env;
  const env = { ...inherited, ...environment };
  const child = spawn(process.execPath, ['conformance/run.ts', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  onStart(child);
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => (out += chunk));
  child.stderr.on('data', (chunk) => (err += chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (code) => resolve({ code, out, err }));
  });
}

/** In the environment, where no list of processes shows them. */
export const IN_ENVIRONMENT = {
  CONFORMANCE_USERNAME: CREDENTIALS.username,
  CONFORMANCE_PASSWORD: CREDENTIALS.password,
};
