import type { LayerEntry, LayerReading } from './layer-files.ts';
import { privateKeys } from './private-keys.ts';

/** Where dpkg says what is installed. */
export const dpkgStatus = 'var/lib/dpkg/status';
/** Where images without a shell have a file for each package. */
export const dpkgParts = 'var/lib/dpkg/status.d';
/** Where apk says what is installed. */
export const apkInstalled: readonly string[] = ['lib/apk/db/installed', 'usr/lib/apk/db/installed'];
/** Files whose text is compared without the dates in it. */
export const datedFiles: readonly string[] = ['etc/shadow', 'etc/shadow-'];
/** Files that say which distribution an image is. */
export const releaseFiles: readonly string[] = ['etc/os-release', 'usr/lib/os-release'];

/** Everything that any reader of layers needs: a layer is read once for all of them. */
export const everything: LayerReading = {
  attributes: true,
  xattrs: true,
  hashes: true,
  programs: true,
  marks: privateKeys,
  texts: new Set([
    ...releaseFiles,
    ...[dpkgStatus, ...apkInstalled],
    ...[...datedFiles, 'etc/passwd', 'etc/group', 'etc/ld.so.conf'],
  ]),
  textsBelow: ['etc/ld.so.conf.d', dpkgParts],
  textsNamed: new Set(['pyvenv.cfg', 'node_version.h', 'release']),
  longestText: 64 * 1024 ** 2,
  longestNamed: 1024 ** 2,
};

/** Bytes; the text of a longer file that somebody asks for by name is not kept. */
export const longestAsked = 8 * 1024 ** 2;

/** Whether the text of a file that is asked for by name is not among what was read of it. */
export function lacksText(entry: LayerEntry | undefined): boolean {
  return entry?.kind === 'file' && entry.text === undefined && (entry.size ?? 0) <= longestAsked;
}
