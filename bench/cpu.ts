/** The CPU time of workerd, where the system tells. */
import { readdirSync, readFileSync } from 'node:fs';

/** The workerd that this process started, or null without a /proc to look in. */
export function findWorkerd(): number | null {
  try {
    for (const entry of readdirSync('/proc')) {
      const stat = /^\d+$/.test(entry) ? readStat(Number(entry)) : null;
      if (stat?.name === 'workerd' && stat.parent === process.pid) return Number(entry);
    }
  } catch {
    // Not Linux.
  }
  return null;
}

/** `sysconf(_SC_CLK_TCK)` is 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

export function readCpuUs(pid: number): number {
  const stat = readStat(pid);
  if (stat === null) throw new Error('workerd has ended');
  return (stat.ticks / TICKS_PER_SECOND) * 1_000_000;
}

/** @see proc_pid_stat(5): the name stands in brackets and may itself hold any character. */
function readStat(pid: number): { name: string; parent: number; ticks: number } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const end = text.lastIndexOf(')');
    const fields = text.slice(end + 2).split(' ');
    // Counted from field 3: ppid is field 4, utime and stime are 14 and 15.
    return {
      name: text.slice(text.indexOf('(') + 1, end),
      parent: Number(fields[1]),
      ticks: Number(fields[11]) + Number(fields[12]),
    };
  } catch {
    return null;
  }
}
