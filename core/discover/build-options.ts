import type { StatedBuild } from './stated.ts';
import { platformsIn } from './stated.ts';

/** What the options of a `docker build` command line say of an image. */
export type BuildOptions = Pick<StatedBuild, 'args' | 'contexts' | 'platforms' | 'target'>;

/** Reads the options of a `docker build` command line as a shell would split it; words with unknown variables say nothing. */
export function readBuildOptions(words: readonly string[]): BuildOptions {
  const found = new Map<string, string[]>();
  for (let at = 0; at < words.length; at += 1) {
    const [, name, value] = /^--(build-arg|build-context|platform|target)(?:=(.*))?$/s.exec(words[at] ?? '') ?? [];
    if (name === undefined) continue;
    if (value === undefined) at += 1;
    const text = value ?? words[at] ?? '';
    const known = found.get(name) ?? [];
    if (!isUnknown(text)) known.push(text);
    found.set(name, known);
  }
  const target = found.get('target')?.at(-1);
  return {
    args: pairsIn(found.get('build-arg') ?? []),
    contexts: pairsIn(found.get('build-context') ?? []),
    platforms: platformsIn((found.get('platform') ?? []).flatMap((text) => text.split(','))),
    ...(target === undefined || target === '' ? {} : { target }),
  };
}

/** Whether a text has what only a run of a pipeline or an editor fills in. */
export function isUnknown(text: string): boolean {
  return /\$\(|\$\{/.test(text);
}

/** The words of a command line: quotes group, and a backslash before a quote or a blank is dropped. */
export function splitWords(line: string): readonly string[] {
  const words = line.match(/(?:"(?:\\.|[^"\\])*"|'[^']*'|\\[\s\S]|[^\s"'\\])+/g) ?? [];
  return words.map((word) =>
    word.replace(
      /"((?:\\.|[^"\\])*)"|'([^']*)'|\\([\s\S])/g,
      (_, double?: string, single?: string, escaped?: string) =>
        double === undefined ? (single ?? escaped ?? '') : double.replace(/\\(["\\$`])/g, '$1'),
    ),
  );
}

/** `NAME=VALUE` texts by name. */
export function pairsIn(texts: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    texts.flatMap((text) => {
      const equals = text.indexOf('=');
      return equals === -1 ? [] : [[text.slice(0, equals), text.slice(equals + 1)] as const];
    }),
  );
}
