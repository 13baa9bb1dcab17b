import { createHash } from 'node:crypto';
import type { FileSystem } from '../layers/filesystem.ts';
import type { LayerEntry } from '../layers/layer-files.ts';
import { datedFiles } from '../layers/reading.ts';

/** Files of which a build that changes nothing writes another content: databases, caches, logs, and where packages come from. */
const volatile: readonly RegExp[] = [
  /^(?:dev|proc|run|sys|tmp|var\/(?:cache|log|run|tmp|lib\/(?:apt|dpkg|systemd))|(?:usr\/)?lib\/apk\/db)(?:\/|$)/,
  /^etc\/(?:apt\/sources\.list(?:\.d\/.*)?|hostname|hosts|ld\.so\.cache|machine-id|mtab|resolv\.conf|\.pwd\.lock)$/,
  // Compiled at installation, with the time of it; what they are compiled from is compared.
  /(?:^|\/)__pycache__(?:\/|$)/,
];

/** A fingerprint for each file of an image but those that change with every build. */
export function fingerprints(files: FileSystem): ReadonlyMap<string, string> {
  const prints = new Map<string, string>();
  for (const path of files.paths()) {
    const entry = files.at(path);
    if (entry === undefined || volatile.some((pattern) => pattern.test(path))) continue;
    // A folder that no archive lists is there for the sake of a file.
    const isImplied = entry.kind === 'directory' && entry.attributes === undefined;
    if (!isImplied) prints.set(path, printOf(path, entry));
  }
  return prints;
}

function printOf(path: string, entry: LayerEntry): string {
  const { mode, uid, gid } = entry.attributes ?? {};
  return `${contentOf(path, entry)} ${mode} ${uid} ${gid}`;
}

function contentOf(path: string, entry: LayerEntry): string {
  switch (entry.kind) {
    case 'file':
      return datedFiles.includes(path) && entry.text !== undefined ? undated(entry.text) : (entry.hash ?? 'unread');
    case 'symlink':
    case 'hardlink':
      return `${entry.kind} ${entry.target}`;
    case 'directory':
    case 'device':
      return entry.kind;
  }
}

// shadow(5): the third field is the day of the last change of the password.
function undated(text: string): string {
  const lines = text.split('\n').map((line) => line.replace(/^([^:]*:[^:]*:)\d*:/, '$1:'));
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}
