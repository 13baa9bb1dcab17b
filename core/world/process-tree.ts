import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { win32 } from 'node:path';

/** What decides how processes are ended here. */
export interface ProcessSystem {
  readonly os: NodeJS.Platform;
  /** Folder of Windows. */
  readonly systemRoot?: string;
}

type EndSignal = 'SIGTERM' | 'SIGKILL';

/** One way to end processes: a signal to groups (negative) and processes, or a program that does it. */
export type EndMethod =
  | { readonly kind: 'signal'; readonly signal: EndSignal; readonly to: readonly number[] }
  | { readonly kind: 'command'; readonly file: string; readonly args: readonly string[] };

/** How a program and all that it started is ended; Windows has nothing that asks a program without a window to end. */
export function endMethods(
  { os, systemRoot = 'C:\\Windows' }: ProcessSystem,
  pid: number,
  signal: EndSignal,
  strays: readonly number[] = [],
): EndMethod {
  if (os !== 'win32') return { kind: 'signal', signal, to: [-pid, ...strays] };
  // By its full path: a bare name would be looked for in the working folder first, which is the repository's.
  const file = win32.join(systemRoot, 'System32', 'taskkill.exe');
  return { kind: 'command', file, args: ['/PID', String(pid), '/T', '/F'] };
}

/** A program that was started as the leader of its own group, with all that it started. */
export interface ProcessTree {
  end(signal: EndSignal): void;
  isAlive(): boolean;
}

/** The tree below a process: its group, and on Linux those of its descendants too that left the group. */
export function processTree(system: ProcessSystem, pid: number): ProcessTree {
  let strays: readonly ProcessEntry[] = [];
  const table = () => (system.os === 'linux' ? processTable() : []);
  return {
    end: (signal) => {
      strays = straysOf(pid, strays, table());
      const ids = strays.map((stray) => stray.pid);
      carryOut(endMethods(system, pid, signal, ids));
    },
    isAlive: () => {
      if (system.os === 'win32') return canSignal(pid);
      if (strays.length === 0 && !canSignal(-pid)) return false;
      if (system.os !== 'linux') return canSignal(-pid);
      // A process that ended stays in its group until its parent, which may be no good one, has asked for its end.
      const now = table().filter(({ state }) => state !== 'Z' && state !== 'X');
      return now.some((entry) => entry.group === pid || strays.some((stray) => isSame(stray, entry)));
    },
  };
}

function carryOut(ending: EndMethod): void {
  if (ending.kind === 'command') {
    spawnSync(ending.file, [...ending.args], { stdio: 'ignore', windowsHide: true, timeout: 5_000 });
    return;
  }
  for (const target of ending.to) sendSignal(target, ending.signal);
}

function canSignal(target: number): boolean {
  return sendSignal(target, 0) !== 'gone';
}

// Of a group of which nothing may be signalled (a setuid program) it is known at least that it is there.
function sendSignal(target: number, signal: EndSignal | 0): 'sent' | 'gone' | 'refused' {
  try {
    process.kill(target, signal);
    return 'sent';
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM' ? 'refused' : 'gone';
  }
}

/** One line of the system's table of processes; the time of its start tells it from a later one of the same number. */
interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly state: string;
  readonly started: string;
}

function isSame(one: ProcessEntry, other: ProcessEntry): boolean {
  return one.pid === other.pid && one.started === other.started;
}

// Those outside of the group whose line of parents leads into it, or to one that was found before.
function straysOf(
  group: number,
  before: readonly ProcessEntry[],
  table: readonly ProcessEntry[],
): readonly ProcessEntry[] {
  const found = new Set(table.filter((entry) => before.some((stray) => isSame(stray, entry))));
  const inTree = new Set([...table.filter((entry) => entry.group === group), ...found].map(({ pid }) => pid));
  const children = new Map<number, ProcessEntry[]>();
  for (const entry of table) children.set(entry.parent, [...(children.get(entry.parent) ?? []), entry]);
  for (const pid of inTree) {
    for (const child of children.get(pid) ?? []) {
      if (!inTree.has(child.pid)) found.add(child);
      inTree.add(child.pid);
    }
  }
  return [...found];
}

function processTable(): readonly ProcessEntry[] {
  try {
    return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? processEntry(name) : []));
  } catch {
    return [];
  }
}

// proc_pid_stat(5): "pid (name) state parent group …", the start 20 fields after the name; a name may hold anything.
function processEntry(name: string): readonly ProcessEntry[] {
  try {
    const text = readFileSync(`/proc/${name}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [state = '', parent, group] = fields;
    return [{ pid: Number(name), parent: Number(parent), group: Number(group), state, started: fields[19] ?? '' }];
  } catch {
    // It ended in the meantime.
    return [];
  }
}
