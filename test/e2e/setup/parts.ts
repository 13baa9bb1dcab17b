import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { cacheRoot } from '../../../scripts/provision/cache.mjs';

export type PartName =
  | 'trivy'
  | 'node24'
  | 'dockerd'
  | 'dockerd-20.10'
  | 'buildah'
  | 'podman'
  | 'distribution'
  | 'crane'
  | 'cosign'
  | 'notation'
  | 'oras'
  | 'promtool'
  | 'kubectl'
  | 'kubernetes'
  | 'debian-pair'
  | 'chromium';

/** A real component that scripts/provision.mjs has fetched. */
export interface Part {
  readonly version: string;
  /** Absolute path of each program or folder of the part. */
  readonly paths: Readonly<Record<string, string>>;
}

type Found = { readonly kind: 'present'; readonly part: Part } | { readonly kind: 'absent'; readonly why: string };

/** Looks a part up in what was provisioned. */
export function findPart(name: PartName): Found {
  const file = join(cacheRoot(), 'parts.json');
  if (!existsSync(file)) return { kind: 'absent', why: 'not provisioned; run node scripts/provision.mjs' };
  const entry = JSON.parse(readFileSync(file, 'utf8'))[name];
  if (entry === undefined) return { kind: 'absent', why: `not provisioned; run node scripts/provision.mjs ${name}` };
  if (entry.missing !== undefined) return { kind: 'absent', why: String(entry.missing) };
  const gone = Object.values<string>(entry.paths).find((path) => !existsSync(path));
  if (gone !== undefined) return { kind: 'absent', why: `${gone} is gone; run node scripts/provision.mjs ${name}` };
  return { kind: 'present', part: entry };
}

/** The part, or an error that says how to get it. */
export function requirePart(name: PartName): Part {
  const found = findPart(name);
  if (found.kind === 'present') return found.part;
  throw new Error(`no ${name}: ${found.why}`);
}

/** Absolute path of one program of a part. */
export function program(name: PartName, file: string): string {
  const path = requirePart(name).paths[file];
  if (path === undefined) throw new Error(`${name} has no ${file}`);
  return path;
}

/** A suite on real parts: skipped with the reason where one is missing, and failed there when REQUIRE_REAL is 1. */
export function describeWith(names: readonly PartName[], title: string, body: () => void): void {
  const why = names.flatMap((name) => {
    const found = findPart(name);
    return found.kind === 'absent' ? [`no ${name}: ${found.why}`] : [];
  });
  if (why.length === 0) {
    describe(title, body);
    return;
  }
  describe(title, () => {
    test('has its real parts', ({ skip }) => {
      if (process.env.REQUIRE_REAL === '1') throw new Error(why.join('; '));
      skip(why.join('; '));
    });
  });
}
