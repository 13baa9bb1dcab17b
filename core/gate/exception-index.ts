import { append } from '../append.ts';
import type { Finding } from '../scan/finding.ts';
import { packageKey, parsePurl } from '../scan/purl.ts';
import type { PolicyException } from './policy.ts';

/** Whether what an exception says beside its id holds of a finding. */
export type Criterion = (finding: Finding) => boolean;

interface Entry {
  readonly exception: PolicyException;
  readonly fits: Criterion;
}

/**
 * Looks up exceptions by their id, and below it by what a finding must have to fit the rest: the package, its package URL,
 * its version, or a piece of its path. What has nothing of this is tried on every finding of the id.
 */
export function indexExceptions(
  exceptions: readonly PolicyException[],
  criterionOf: (exception: PolicyException) => Criterion,
): (finding: Finding) => readonly PolicyException[] {
  const marked = exceptions.map((exception) => ({ exception, marks: neededMarks(exception) }));
  const uses = new Map<string, number>();
  for (const mark of marked.flatMap(({ marks }) => marks)) uses.set(mark, (uses.get(mark) ?? 0) + 1);
  const byId = new Map<string, Map<string, Entry[]>>();
  const used = new Set<string>();
  for (const { exception, marks } of marked) {
    const id = idOf(exception);
    const known = byId.get(id) ?? new Map<string, Entry[]>();
    byId.set(id, known);
    const mark = rarest(marks, uses);
    append(known, mark, { exception, fits: criterionOf(exception) });
    used.add(mark.split(' ', 1).join(''));
  }
  return (finding) => {
    const ids = new Set(['*', ...acceptedNames(finding).map((one) => one.toUpperCase())]);
    const lists = [...ids].flatMap((id) => byId.get(id) ?? []);
    if (lists.length === 0) return [];
    const marks = ownMarks(finding, used);
    const found = lists.flatMap((list) => marks.flatMap((mark) => list.get(mark) ?? []));
    return found.filter(({ fits }) => fits(finding)).map(({ exception }) => exception);
  };
}

function idOf({ id }: PolicyException): string {
  return id.trim() === '*' ? '*' : id.toUpperCase();
}

function rarest(marks: readonly string[], uses: ReadonlyMap<string, number>): string {
  return marks.reduce((best, mark) => (Number(uses.get(mark)) < (uses.get(best) ?? Infinity) ? mark : best), 'any');
}

// Each of them a finding has that fits.
function neededMarks({ package: name, version, purl, path }: PolicyException): readonly string[] {
  const { parts, pieces } = literalsIn(path ?? '');
  return [
    ...(name === undefined ? [] : [`package ${name}`]),
    ...purlMarks(purl),
    ...(version === undefined ? [] : [`version ${version}`]),
    ...new Set(parts.map((part) => `part ${part}`)),
    ...new Set(pieces.flatMap(gramsOf).map((gram) => `gram ${gram}`)),
  ];
}

// Only of the kinds that exceptions are found by: to make them all takes longer than to look them up.
function ownMarks(
  { package: { name, purl, path = '' }, installed }: Finding,
  used: ReadonlySet<string>,
): readonly string[] {
  return [
    'any',
    ...(used.has('package') ? [`package ${name}`] : []),
    ...(used.has('purl') ? purlMarks(purl) : []),
    ...(used.has('version') ? [`version ${installed}`] : []),
    ...(used.has('part') ? [...new Set(path.split('/'))].map((part) => `part ${part}`) : []),
    ...(used.has('gram') ? [...new Set(gramsOf(path))].map((gram) => `gram ${gram}`) : []),
  ];
}

function purlMarks(purl: string | undefined): readonly string[] {
  const parsed = purl === undefined ? undefined : parsePurl(purl);
  return parsed === undefined ? [] : [`purl ${packageKey(parsed)}`];
}

const gram = 3;

function gramsOf(text: string): readonly string[] {
  return Array.from({ length: Math.max(0, text.length - gram + 1) }, (_, at) => text.slice(at, at + gram));
}

interface Literals {
  /** Folders and files that a pattern names in full. */
  readonly parts: readonly string[];
  /** Everything that it says as it is, between its wildcards and slashes. */
  readonly pieces: readonly string[];
}

// What a path that fits must hold: nothing of alternatives and classes, and nothing at all of what is not understood.
function literalsIn(glob: string): Literals {
  const plain = glob.startsWith('!') || glob.includes('\\') ? undefined : withoutChoices(glob);
  const segments = plain === undefined ? [] : plain.split('/');
  return {
    parts: segments.filter((part) => part !== '' && !/[*?]/.test(part)),
    pieces: segments.flatMap((segment) => segment.split(/[*?]/)),
  };
}

// Alternatives and classes as wildcards; undefined where they do not end.
function withoutChoices(glob: string): string | undefined {
  let text = '';
  let depth = 0;
  for (let at = 0; at < glob.length; at += 1) {
    const character = glob[at];
    if (character === '}') depth -= 1;
    if (depth < 0) return undefined;
    if (character === '[') {
      const end = glob.indexOf(']', at + 2);
      if (end < 0) return undefined;
      at = end;
    }
    if (depth === 0) text += character === '[' || character === '{' || character === '}' ? '*' : character;
    if (character === '{') depth += 1;
  }
  return depth === 0 ? text : undefined;
}

/** Names by which a finding can be accepted: that one CVE of an advisory of several is, accepts none of the others. */
export function acceptedNames({ id, aliases }: Finding): readonly string[] {
  const isCve = (name: string) => /^CVE-/i.test(name);
  const isSeveral = new Set([id, ...aliases].filter(isCve).map((name) => name.toUpperCase())).size > 1;
  return [id, ...aliases.filter((name) => !isSeveral || !isCve(name))];
}
