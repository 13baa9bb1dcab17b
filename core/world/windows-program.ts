import { win32 } from 'node:path';
import type { Command } from '../ports.ts';

/** What a name stands for on Windows. */
export type WindowsProgram =
  | { readonly kind: 'found'; readonly file: string }
  | { readonly kind: 'not-found' }
  /** Only a script of the command processor, which would take arguments for commands. */
  | { readonly kind: 'not-executable' };

const programs = ['.exe', '.com'];
const scripts = ['.cmd', '.bat'];

/**
 * The program that a command means on Windows: a bare name is looked for in the folders of PATH and nowhere else. Windows
 * itself looks in the working folder first, where the repository may have one of that name.
 */
export function programOnWindows(
  { file, env }: Pick<Command, 'file' | 'env'>,
  isFile: (path: string) => boolean,
): WindowsProgram {
  const isScript = (path: string) => scripts.includes(win32.extname(path).toLowerCase());
  if (/[\\/:]/.test(file)) return isScript(file) ? { kind: 'not-executable' } : { kind: 'found', file };
  const folders = foldersOnWindows(env);
  const named = win32.extname(file) === '' ? [] : [''];
  const there = (endings: readonly string[]) =>
    folders
      .flatMap((folder) => endings.map((ending) => win32.join(folder, `${file}${ending}`)))
      .find((candidate) => isFile(candidate));
  const found = there([...named, ...programs]);
  if (found !== undefined) return isScript(found) ? { kind: 'not-executable' } : { kind: 'found', file: found };
  return there(scripts) === undefined ? { kind: 'not-found' } : { kind: 'not-executable' };
}

/** The folders of PATH on Windows that are named from their drive or server on. */
export function foldersOnWindows(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  // Names of variables have no case there.
  const [, path = ''] = Object.entries(env).find(([name]) => name.toUpperCase() === 'PATH') ?? [];
  return path
    .split(';')
    .map((folder) => folder.replace(/^"(.*)"$/, '$1'))
    .filter((folder) => /^(?:[a-z]:[\\/]|\\\\)/i.test(folder));
}
