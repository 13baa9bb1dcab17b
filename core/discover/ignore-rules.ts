import { globMatcher, ignoreLines, type Matcher } from '../text/glob.ts';

interface Rule {
  readonly isException: boolean;
  readonly onlyFolders: boolean;
  readonly fits: Matcher;
}

/** The .gitignore files that apply to a folder, outermost first. */
export type IgnoreRules = readonly { readonly folder: string; readonly rules: readonly Rule[] }[];

/** The rules with those of one more .gitignore, which stands in `folder`. */
export function withIgnoreFile(outer: IgnoreRules, folder: string, text: string): IgnoreRules {
  const file = folder === '' ? '.gitignore' : `${folder}/.gitignore`;
  return [...outer, { folder, rules: ignoreLines(text, file).flatMap((line) => ruleOf(line, file) ?? []) }];
}

/** Whether git would ignore the path, whose folders it does not ignore: the innermost file that says anything decides, and its last word (gitignore(5)). */
export function isIgnored(rules: IgnoreRules, path: string, isFolder: boolean): boolean {
  for (const { folder, rules: own } of rules.toReversed()) {
    const relative = folder === '' ? path : path.slice(folder.length + 1);
    const last = own.findLast(({ onlyFolders, fits }) => (isFolder || !onlyFolders) && fits(relative));
    if (last !== undefined) return !last.isException;
  }
  return false;
}

function ruleOf(line: string, file: string): Rule | undefined {
  if (line.startsWith('#')) return undefined;
  const written = withoutTrailingBlanks(line);
  const isException = written.startsWith('!');
  const named = isException ? written.slice(1) : written;
  const onlyFolders = named.endsWith('/');
  const pattern = onlyFolders ? named.slice(0, -1) : named;
  if (pattern === '') return undefined;
  // Without a slash before its end it is a name at any depth.
  const anchored = pattern.includes('/') ? pattern.replace(/^\//, '') : `**/${pattern}`;
  return { isException, onlyFolders, fits: globMatcher(withPlainStars(anchored), { file }) };
}

// Two stars that are no whole part of the path are like one.
function withPlainStars(pattern: string): string {
  return pattern
    .split('/')
    .map((part) => (/^\*+$/.test(part) && part.length > 1 ? '**' : part.replace(/\*{2,}/g, '*')))
    .join('/');
}

// A backslash keeps the blank behind it.
function withoutTrailingBlanks(line: string): string {
  const trimmed = line.replace(/\t/g, ' ').trimEnd();
  const trimmedLine = line.slice(0, trimmed.length);
  return trimmedLine.endsWith('\\') && line.length > trimmedLine.length
    ? `${trimmedLine}${line[trimmedLine.length]}`
    : trimmedLine;
}
