/** `npm run ops-user` as a process. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseOpsUsers } from '../../src/console/ops-users.ts';

function run(args: readonly string[], OPS_USERS = '') {
  const env = { ...process.env, OPS_USERS };
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/ops-user.ts', ...args], {
    env,
    encoding: 'utf8',
  });
  const line = /^OPS_USERS=(.*)$/m.exec(stdout)?.[1] ?? '';
  const password = /once: {2}(\S+)$/m.exec(stdout)?.[1] ?? '';
  return { status, stdout, stderr, line, password };
}

const digestOf = (name: string, password: string) => createHash('sha256').update(`${name}:${password}`).digest('hex');

describe('npm run ops-user', () => {
  it('adds users one after the other, each with the digest of the password that is printed once', () => {
    const first = run(['add', 'ayse', '--role', 'operator']);
    const second = run(['add', 'mehmet.k', '--role', 'viewer'], first.line);
    expect([first.status, second.status]).toEqual([0, 0]);
    expect(second.line.startsWith(`${first.line},`)).toBe(true);
    expect(Buffer.from(first.password, 'base64url')).toHaveLength(16);
    expect(first.password).not.toBe(second.password);
    expect(first.line).not.toContain(first.password);
    expect(parseOpsUsers(second.line)).toEqual([
      { name: 'ayse', role: 'operator', digest: digestOf('ayse', first.password) },
      { name: 'mehmet.k', role: 'viewer', digest: digestOf('mehmet.k', second.password) },
    ]);
    expect(run(['list'], second.line).stdout).toBe('ayse  operator\nmehmet.k  viewer\n');
    expect(run(['remove', 'ayse'], second.line).line).toBe(second.line.split(',')[1]);
    expect(run(['remove', 'ayse'], first.line).stdout).toMatch(/Nobody is left/);
  });

  it.each([
    [['add'], '', /NAME is needed/],
    [['add', 'a b', '--role', 'viewer'], '', /NAME must be/],
    [['add', 'ayse'], '', /--role must be viewer or operator/],
    [['add', 'ayse', '--role', 'admin'], '', /--role must be viewer or operator/],
    [['add', 'ayse', '--role', 'viewer'], `ayse:viewer:${'0'.repeat(64)}`, /ayse is there already/],
    [['remove', 'ayse'], '', /There is no ayse/],
    [['list'], 'broken', /OPS_USERS in the environment is not name:role:digest/],
    [['rename'], '', /There is no command rename/],
    [[], '', /A command is needed/],
    [['add', 'a', 'b', '--role', 'viewer'], '', /One NAME at a time/],
    [['add', 'ayse', '--rolle', 'viewer'], '', /--rolle/],
  ] as const)('says what is wrong with %j', (args, users, message) => {
    const { status, stdout, stderr } = run(args, users);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n {4}at /);
  });

  it('explains itself with --help', () => {
    expect(run(['--help'])).toMatchObject({ status: 0, stderr: '' });
    expect(run(['--help']).stdout).toMatch(/^Usage: npm run ops-user -- add NAME --role viewer\|operator/);
  });
});
