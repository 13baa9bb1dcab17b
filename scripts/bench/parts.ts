import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { cacheRoot } from '../provision/cache.mjs';

/** A program of somebody else's that we are measured against, or why it is not here. */
export type Peer =
  | {
      readonly kind: 'present';
      readonly path: string;
      readonly version: string;
      readonly env: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'absent'; readonly why: string };

/** A program of a provisioned part, else one on PATH. */
export function findPeer(part: string, program: string): Peer {
  const entry = partsHere()[part];
  const path = entry?.paths?.[program];
  if (path !== undefined && existsSync(path))
    return { kind: 'present', path, version: entry?.version ?? '', env: envOf(path) };
  const onPath = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, program));
  const found = onPath.find((file) => existsSync(file));
  if (found !== undefined) return { kind: 'present', path: found, version: 'of this machine', env: {} };
  return { kind: 'absent', why: entry?.missing ?? `no ${program}; node scripts/provision.mjs ${part} fetches it` };
}

/** Why a provisioned part is not here; undefined where it is. */
export function findPart(part: string): string | undefined {
  const entry = partsHere()[part];
  if (entry?.paths !== undefined && Object.values(entry.paths).every((path) => existsSync(path))) return undefined;
  return entry?.missing ?? `no ${part}; node scripts/provision.mjs ${part} fetches it`;
}

// A part may have brought libraries along that this machine does not have.
function envOf(path: string): Readonly<Record<string, string>> {
  const libraries = join(dirname(dirname(path)), 'usr/lib/x86_64-linux-gnu');
  return existsSync(libraries) ? { LD_LIBRARY_PATH: libraries } : {};
}

interface Entry {
  readonly version?: string;
  readonly missing?: string;
  readonly paths?: Readonly<Record<string, string>>;
}

function partsHere(): Readonly<Record<string, Entry>> {
  try {
    return JSON.parse(readFileSync(join(cacheRoot(), 'parts.json'), 'utf8'));
  } catch {
    return {};
  }
}
