import { anyGlob } from '../text/glob.ts';
import type { PolicyException } from './policy.ts';

type Criteria = Pick<PolicyException, 'id' | 'package' | 'path' | 'purl'>;

/** Why an exception accepts everything, or means to, whatever its spelling; undefined for one that names what it is for. */
export function whyForEverything({ id, package: name, path, purl }: Criteria): string | undefined {
  const isAny = id.trim() === '*';
  // Identifiers are compared, and so are the names of packages: a pattern in them means more than it says.
  if (!isAny && isPattern(id)) return 'id is a pattern';
  if (name !== undefined && isPattern(name)) return 'package is a pattern';
  if (purl !== undefined && isPattern(purl.split(/[?#]/)[0] ?? '')) return 'purl is a pattern';
  if (path !== undefined && fitsEverything(path)) return 'path fits every file';
  const isNarrowed = [name, path, purl].some((value) => value !== undefined && value.trim() !== '');
  return isAny && !isNarrowed ? 'it names no package, path or purl' : undefined;
}

function isPattern(text: string): boolean {
  return /[*?[\]{}()|^$\\]/.test(text) || text.trim() === '' || text.trim() === '%';
}

// Names that no image has: a pattern that fits some of them says nothing of where a file is.
const probes = ['qzx7w', 'qzx7w.k9v', 'qzx7w/jvq4y', 'qzx7w/jvq4y.k9v', 'qzx7w/jvq4y/wq8zx/kjx5v', 'a/b/c/d/e/f.g'];

function fitsEverything(glob: string): boolean {
  const matches = anyGlob([glob.trim().replace(/^(?:\.?\/+)+/, '')]);
  return probes.some((probe) => matches(probe));
}
