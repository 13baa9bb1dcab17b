import { readFileSync, readlinkSync } from 'node:fs';
import { hostname, uptime } from 'node:os';

/** What distinguishes a process from any other: of this machine, of an earlier boot of it, and with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Since when it runs, in the system's own count; null where the system does not say. */
  readonly started: string | null;
  /** The boot of the system; null where it does not say. */
  readonly boot: string | null;
  /** The space in which the number counts (pid_namespaces(7)); null where there is one only. */
  readonly space: string | null;
  readonly host: string;
}

/** Whether a process still runs; `unknown` where it counts its number elsewhere, as in another container. */
export type Liveness = 'alive' | 'dead' | 'unknown';

/** What is read of the system to tell processes apart. */
export interface ProcessTable {
  /** When a process began, in the system's own count; null where the system does not say, undefined where there is none. */
  startOf(pid: number): string | null | undefined;
  readonly self: ProcessIdentity;
  readonly bootedAt: Date;
}

/** The processes of this system. */
export function processTable(): ProcessTable {
  const pid = process.pid;
  const self = {
    pid,
    started: startOf(pid) ?? null,
    boot: attempted(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()) ?? null,
    space: attempted(() => readlinkSync('/proc/self/ns/pid')) ?? null,
    host: hostname(),
  };
  return { self, startOf, bootedAt: new Date(Date.now() - uptime() * 1000) };
}

/** Whether a process that left its identity behind, and last wrote there at a time, still runs. */
export function livenessOf(owner: ProcessIdentity, wrote: Date, table: ProcessTable): Liveness {
  const { self, bootedAt, startOf: look } = table;
  // Another boot of this machine, and not another machine that shares the folder.
  if (owner.boot !== self.boot) return owner.host === self.host && wrote < bootedAt ? 'dead' : 'unknown';
  if (owner.space !== self.space || (owner.boot === null && owner.host !== self.host)) return 'unknown';
  const started = look(owner.pid);
  if (started === undefined) return 'dead';
  // The same number with another beginning is another process.
  return started === null || owner.started === null || started === owner.started ? 'alive' : 'dead';
}

function startOf(pid: number): string | null | undefined {
  // proc_pid_stat(5): the name in parentheses may hold blanks and parentheses, and starttime is the 20th field after it.
  const stat = attempted(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields?.[19] !== undefined) return fields[19];
  try {
    process.kill(pid, 0);
    return null;
  } catch (thrown) {
    // EPERM: it runs, as another user.
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'ESRCH' ? undefined : null;
  }
}

/** What can be read, undefined where it cannot. */
export function attempted<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
