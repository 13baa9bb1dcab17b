import type { Notice } from './stated.ts';
import type { RunSubject } from './subject.ts';

// Folders that hold other people's repositories, or what is shown and tested with.
const foreignNames =
  /^(?:vendor|third[_-]?party|node_modules|bower_components|submodules|testdata|examples?|fixtures|__fixtures__)$/;

/** Whose a folder is: what stands apart says nothing of this repository, and what a pattern names is taken in with all below. */
export type Ownership = 'own' | 'apart' | 'included';

/** Whose a folder is that stands in one of the repository, by its path. */
export function ownershipOf(
  path: string,
  parent: Ownership,
  { include, submodules }: { readonly include: RunSubject['include']; readonly submodules: ReadonlySet<string> },
): Ownership {
  if (parent === 'included') return parent;
  const name = path.slice(path.lastIndexOf('/') + 1);
  const isForeign = foreignNames.test(name) || submodules.has(path);
  if (parent === 'own' && !isForeign) return parent;
  return isNamed(path, name, include) ? 'included' : 'apart';
}

/** Whose a folder is in which a repository of its own stands. */
export function ownershipOfNested(path: string, ownership: Ownership, include: RunSubject['include']): Ownership {
  if (ownership !== 'own') return ownership;
  return isNamed(path, path.slice(path.lastIndexOf('/') + 1), include) ? 'included' : 'apart';
}

// A pattern names a folder by its path, or by its name among folders.
function isNamed(path: string, name: string, include: RunSubject['include']): boolean {
  return include.some((pattern) => {
    const plain = pattern.replace(/^\.\//, '').replace(/\/+$/, '');
    return plain === path || plain.startsWith(`${path}/`) || plain.split('/').includes(name);
  });
}

/** The folders that .gitmodules names. */
export function submodulesIn(text: string): ReadonlySet<string> {
  const paths = text
    .split('\n')
    .flatMap((line) => /^\s*path\s*=\s*"?([^"]+?)"?\s*$/.exec(line.slice(0, 4096))?.[1] ?? []);
  return new Set(paths.map((path) => path.replace(/\/+$/, '')));
}

/** The folder that paths count from in a file of a third party that was included: that of its own repository. */
export function nestedRootOf(path: string): string {
  const folders = path.split('/').slice(0, -1);
  const at = folders.findIndex((folder) => foreignNames.test(folder));
  return at === -1 ? '' : `${folders.slice(0, at + 2).join('/')}/`;
}

const mostListed = 8;

/** What is said of files that stand apart, none where there are none. */
export function apartNotice(root: string, apart: readonly string[]): readonly Notice[] {
  if (apart.length === 0) return [];
  const listed = apart.slice(0, mostListed).join(', ');
  const more = apart.length > mostListed ? ` and ${apart.length - mostListed} more` : '';
  return [
    {
      subject: root,
      detail: `${listed}${more} ${apart.length === 1 ? 'is' : 'are'} of third parties, examples or tests, and left out`,
      remedy: 'name the folder with include to have it taken in',
    },
  ];
}
