import { posix } from 'node:path';
import { attempt } from '../failure.ts';
import type { World } from '../ports.ts';
import { globMatcher, ignoreLines, type Matcher } from '../text/glob.ts';
import { readRepositoryFile, rootOf } from './read-file.ts';
import type { Notice } from './stated.ts';

/** Who owns a path of the repository; nobody where its CODEOWNERS does not say. */
export type OwnersOf = (path: string) => readonly string[];

/** Where GitHub and GitLab look for the file, in this order; the first that is there counts. */
const places = ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS', '.gitlab/CODEOWNERS'];
const mostOwners = 20;

/** Reads the CODEOWNERS of a repository; one that cannot be read is a notice, for it decides nothing but how reports are grouped. */
export async function readOwners(
  world: World,
  root: string,
): Promise<{ readonly ownersOf: OwnersOf; readonly notices: readonly Notice[] }> {
  for (const path of places) {
    const found = await attempt(path, () => world.files.stat(posix.join(root, path)));
    if (found.kind === 'done' && found.value.kind !== 'file') continue;
    const read = await attempt(path, async () => {
      return parseOwners(await readRepositoryFile(world, await rootOf(world, root), path), path);
    });
    if (read.kind === 'done') return { ownersOf: read.value, notices: [] };
    const { detail } = read.failure;
    const remedy = 'correct it, or state owner of each image in the configuration';
    const notice = { subject: path, detail: `owners of images are not known: ${detail}`, remedy };
    return { ownersOf: () => [], notices: [notice] };
  }
  return { ownersOf: () => [], notices: [] };
}

interface Rule {
  readonly isException: boolean;
  readonly owners: readonly string[];
  readonly fits: Matcher;
}

/**
 * Reads the text of a CODEOWNERS file: in each section of it the last line that fits a path decides, and one without owners
 * says that nobody owns it. Lines that neither host would read are passed over.
 */
export function parseOwners(text: string, file: string): OwnersOf {
  const sections: Rule[][] = [[]];
  let byDefault: readonly string[] = [];
  for (const line of ignoreLines(text, file)) {
    const words = wordsOf(line);
    const heading = /^\^?\[[^\]]+\](?:\[\d+\])?(.*)$/.exec(line.trim());
    if (heading !== null) {
      byDefault = ownersIn(wordsOf(heading[1] ?? ''));
      sections.push([]);
    } else if (words.length > 0) sections.at(-1)?.push(...ruleOf(words, byDefault, file));
  }
  return (path) => {
    const owners = sections.flatMap((rules) => {
      if (rules.some(({ isException, fits }) => isException && fits(path))) return [];
      return rules.findLast(({ fits }) => fits(path))?.owners ?? [];
    });
    return [...new Set(owners)].slice(0, mostOwners);
  };
}

// A backslash keeps the blank or the `#` behind it.
function wordsOf(line: string): readonly string[] {
  const words = line.match(/(?:\\.|[^\\\s])+/g) ?? [];
  const comment = words.findIndex((word) => word.startsWith('#'));
  return comment === -1 ? words : words.slice(0, comment);
}

function ownersIn(words: readonly string[]): readonly string[] {
  return words.filter((word) => word.length <= 200 && /^(?:@@?[\w.-]+(?:\/[\w.-]+)*|[^@\s]+@[\w.-]+)$/.test(word));
}

function ruleOf(
  [first = '', ...owners]: readonly string[],
  byDefault: readonly string[],
  file: string,
): readonly Rule[] {
  const isException = first.startsWith('!');
  const written = isException ? first.slice(1) : first;
  const isFolder = written.endsWith('/');
  const pattern = isFolder ? written.slice(0, -1) : written;
  // Both hosts pass over a pattern with a bracket.
  if ((pattern === '' && !isFolder) || pattern.includes('[')) return [];
  // Without a slash before its end it is a name at any depth.
  const anchored = pattern.includes('/') || pattern === '' ? pattern.replace(/^\//, '') : `**/${pattern}`;
  const last = pattern.slice(pattern.lastIndexOf('/') + 1);
  // `docs/*` is about the files of a folder alone, and a folder about all that stands below it.
  const fits = globMatcher(isFolder ? posix.join(anchored, '**') : anchored, { file, below: last !== '*' });
  const said = ownersIn(owners);
  return [{ isException, owners: owners.length === 0 ? byDefault : said, fits }];
}
