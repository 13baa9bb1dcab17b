import { append } from '../append.ts';
import type { Finding } from '../scan/finding.ts';
import type { PolicyException } from './policy.ts';

/** Whether what an exception says beside its id holds of a finding. */
export type Criterion = (finding: Finding) => boolean;

interface Entry {
  readonly exception: PolicyException;
  readonly fits: Criterion;
}

/**
 * Looks up exceptions: by id, and those for every vulnerability by the package, or by a whole name in the pattern of their
 * path. What has neither is tried on every finding.
 */
export function indexExceptions(
  exceptions: readonly PolicyException[],
  criterionOf: (exception: PolicyException) => Criterion,
): (finding: Finding) => readonly PolicyException[] {
  const byKey = new Map<string, Entry[]>();
  const uses = new Map<string, number>();
  for (const part of exceptions.flatMap(({ path = '' }) => literalParts(path)))
    uses.set(part, (uses.get(part) ?? 0) + 1);
  for (const exception of exceptions)
    append(byKey, keyOf(exception, uses), { exception, fits: criterionOf(exception) });
  return (finding) => {
    const found = keysOf(finding).flatMap((key) => byKey.get(key) ?? []);
    return found.filter(({ fits }) => fits(finding)).map(({ exception }) => exception);
  };
}

function keyOf({ id, package: name, path = '' }: PolicyException, uses: ReadonlyMap<string, number>): string {
  if (id.trim() !== '*') return `id ${id.toUpperCase()}`;
  if (name !== undefined) return `package ${name}`;
  const [part] = literalParts(path).toSorted((a, b) => Number(uses.get(a)) - Number(uses.get(b)));
  return part === undefined ? 'any' : `part ${part}`;
}

function keysOf(finding: Finding): readonly string[] {
  const { name, path = '' } = finding.package;
  const ids = new Set(acceptedNames(finding).map((one) => one.toUpperCase()));
  const parts = new Set(path.split('/'));
  return [...[...ids].map((one) => `id ${one}`), `package ${name}`, ...[...parts].map((part) => `part ${part}`), 'any'];
}

// Folders and files that a pattern names in full: a path that fits has each. Braces may hold a slash, and "!" is the reverse.
function literalParts(glob: string): readonly string[] {
  if (glob.startsWith('!') || /[{}\\[\]]/.test(glob)) return [];
  return glob.split('/').filter((part) => part !== '' && !/[*?]/.test(part));
}

/** Names by which a finding can be accepted: that one CVE of an advisory of several is, accepts none of the others. */
export function acceptedNames({ id, aliases }: Finding): readonly string[] {
  const isCve = (name: string) => /^CVE-/i.test(name);
  const isSeveral = new Set([id, ...aliases].filter(isCve).map((name) => name.toUpperCase())).size > 1;
  return [id, ...aliases.filter((name) => !isSeveral || !isCve(name))];
}
