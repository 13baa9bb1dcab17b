import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, resolve } from 'node:path';
import type { Command, NotStarted } from '../ports.ts';

/** Whether something that a program is handed holds a NUL character, which ends it for the system. */
export function hasNul({ file, args, env, cwd = '' }: Command): boolean {
  return [file, cwd, ...args, ...Object.entries(env).flat()].some((text) => text.includes('\0'));
}

/** Why a program did not start; the system has one number for a program, a folder and an interpreter that are missing. */
export function startFailure(error: NodeJS.ErrnoException, command: Command): NotStarted {
  const { cwd } = command;
  switch (error.code) {
    case 'E2BIG':
    case 'ENAMETOOLONG':
      return { kind: 'arguments-too-long' };
    case 'ENOENT':
    case 'ENOTDIR':
    case 'EACCES':
    case 'EPERM':
    case 'ELOOP': {
      if (cwd !== undefined && !canEnter(cwd)) return { kind: 'no-working-folder', folder: cwd };
      const found = candidates(command).filter(isThere);
      if (found.length === 0) return { kind: 'not-found' };
      return found.some(isExecutable) ? { kind: 'no-interpreter' } : { kind: 'not-executable' };
    }
    case 'ENOEXEC':
      return { kind: 'no-interpreter' };
    default:
      return { kind: 'not-started', reason: error.message };
  }
}

function candidates({ file, cwd = process.cwd(), env }: Command): readonly string[] {
  if (isAbsolute(file) || file.includes('/')) return [resolve(cwd, file)];
  return (env.PATH ?? '').split(delimiter).map((folder) => resolve(cwd, folder, file));
}

function canEnter(folder: string): boolean {
  return succeeds(() => accessSync(folder, constants.X_OK)) && (fileAt(folder)?.isDirectory() ?? false);
}

function isThere(path: string): boolean {
  return fileAt(path) !== undefined;
}

/** Whether a file stands at a path, links followed. */
export function isFile(path: string): boolean {
  return fileAt(path)?.isFile() ?? false;
}

function isExecutable(path: string): boolean {
  return isFile(path) && succeeds(() => accessSync(path, constants.X_OK));
}

function fileAt(path: string) {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function succeeds(work: () => void): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}
