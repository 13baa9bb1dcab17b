import { posix } from 'node:path';
import type { ImageFiles } from './image-files.ts';
import type { ContainerSettings } from './run-configuration.ts';
import type { Absence } from './settings.ts';

const folders = ['bin', 'sbin', 'usr/bin', 'usr/sbin', 'usr/local/bin', 'usr/local/sbin', 'busybox'];

/** Programs by what they are, wherever they stand. */
export const programs: Readonly<Record<Exclude<Absence, 'setuid'>, readonly string[]>> = {
  // busybox and toybox are a shell under any name.
  shell: [
    'sh',
    'ash',
    'bash',
    'busybox',
    'csh',
    'dash',
    'fish',
    'ksh',
    'mksh',
    'pwsh',
    'rbash',
    'tcsh',
    'toybox',
    'zsh',
  ],
  'package-manager': [
    ...['apk', 'apt', 'apt-get', 'dnf', 'dnf5', 'dpkg', 'microdnf', 'opkg', 'pacman', 'rpm', 'tdnf', 'yum', 'zypper'],
  ],
};

/** How many files are named. */
const shown = 5;

/** What of a kind is in an image though it must not be; undefined where there is none. */
export function presenceOf(
  absence: Absence,
  files: ImageFiles,
  { env }: Pick<ContainerSettings, 'env'>,
): string | undefined {
  const found = absence === 'setuid' ? setuidFiles(files) : programsIn(files, programs[absence], env.PATH ?? '');
  if (found.length === 0) return undefined;
  const named = found.slice(0, shown).map((path) => `/${path}`);
  const rest = found.length - named.length;
  return `${named.join(', ')}${rest === 0 ? '' : ` and ${rest} more`} ${found.length === 1 ? 'is' : 'are'} there`;
}

/** Which of these programs are in an image, by path. */
export function programsIn(files: ImageFiles, names: readonly string[], searchPath: string): readonly string[] {
  return [...searchedFolders(searchPath)].flatMap((folder) =>
    names.map((name) => `${folder}/${name}`).filter((path) => files.behind(path)?.kind === 'file'),
  );
}

/** Which programs whose name fits are in an image, by path. */
export function programsLike(
  files: ImageFiles,
  fits: (name: string) => boolean,
  searchPath: string,
): readonly string[] {
  const searched = searchedFolders(searchPath);
  return [...files.paths()].filter((path) => {
    const { dir, base } = posix.parse(path);
    return searched.has(dir) && fits(base) && files.behind(path)?.kind === 'file';
  });
}

function searchedFolders(searchPath: string): ReadonlySet<string> {
  const searched = searchPath.split(':').map((folder) => posix.normalize(`/${folder}`).replace(/\/+$/, '').slice(1));
  return new Set([...folders, ...searched.filter((folder) => folder !== '')]);
}

// A setgid folder hands its group on and lets no process act as it.
/** The files of an image that run as their owner or group. */
export function setuidFiles(files: ImageFiles): readonly string[] {
  return [...files.paths()]
    .filter((path) => {
      const entry = files.at(path);
      return entry?.kind === 'file' && (entry.attributes.mode & 0o6000) !== 0;
    })
    .sort();
}
