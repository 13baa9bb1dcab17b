import type { Entry } from '../../layers/layer-files.ts';

const kinds: Readonly<Record<Entry['kind'], string>> = {
  file: '',
  hardlink: '',
  directory: 'd',
  symlink: 'L',
  device: 'D',
};

const special = [
  [0o4000, 'u'],
  [0o2000, 'g'],
  [0o1000, 't'],
] as const;

/** The mode as Go's FileMode prints it, which structure tests are written in: `-rw-r--r--`, `dtrwxrwxrwx`, `urwxr-xr-x`. */
export function modeText(kind: Entry['kind'], mode: number): string {
  const letters = kinds[kind] + special.map(([bit, letter]) => ((mode & bit) === 0 ? '' : letter)).join('');
  const bits = Array.from('rwxrwxrwx', (letter, at) => ((mode & (1 << (8 - at))) === 0 ? '-' : letter)).join('');
  return `${letters === '' ? '-' : letters}${bits}`;
}
