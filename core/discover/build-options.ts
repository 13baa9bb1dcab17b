import { append } from '../append.ts';
import type { Mapping } from '../json.ts';
import { commandKeys, switches } from './option-keys.ts';
import { fieldsOf, mergeOptions, type StatedOption, statedOptions } from './options.ts';
import type { StatedBuild } from './stated.ts';
import { platformsIn } from './stated.ts';

/** What the options of a `docker build` command line say of an image. */
export type BuildOptions = Pick<StatedBuild, 'args' | 'contexts' | 'platforms' | 'target' | 'options'>;

const short: Readonly<Record<string, string>> = { f: 'file', o: 'output', q: 'quiet', t: 'tag' };

/** Reads the options of a `docker build` command line as a shell would split it; `from` is where it stands. */
export function readBuildOptions(words: readonly string[], from: string): BuildOptions {
  const found = new Map<string, string[]>();
  const options: StatedOption[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const [, dashes, written, joined] = /^(--?)([a-z][\w-]*)(?:=(.*))?$/is.exec(words[at] ?? '') ?? [];
    if (dashes === undefined || written === undefined) continue;
    const name = dashes === '-' ? (short[written] ?? `-${written}`) : written;
    const isSwitch = switches.includes(name);
    if (joined === undefined && !isSwitch) at += 1;
    const text = joined ?? (isSwitch ? 'true' : (words[at] ?? ''));
    if (commandKeys[name] !== 'read-elsewhere') options.push(...optionsBy(name, text, from));
    else if (!isUnknown(text)) append(found, name, text);
    else if (name === 'build-arg') options.push({ name, value: nameOf(text), from });
    else if (name !== 'file' && name !== 'tag') options.push({ name: 'unknown', value: name, from });
  }
  const target = found.get('target')?.at(-1);
  return {
    args: pairsIn(found.get('build-arg') ?? []),
    contexts: pairsIn(found.get('build-context') ?? []),
    platforms: platformsIn((found.get('platform') ?? []).flatMap((text) => text.split(','))),
    ...(target === undefined || target === '' ? {} : { target }),
    ...(options.length === 0 ? {} : { options: mergeOptions([], options) }),
  };
}

/** What a value that only a run knows cannot change of an image that is built again: what is left to its form, and to caches. */
const leftToTheRun: readonly string[] = [
  'label',
  'annotation',
  'cache-from',
  'cache-to',
  'provenance',
  'pull',
  'no-cache',
];

/** The options that one option of a command line states; a value that only a run knows is not understood. */
export function optionsBy(name: string, text: string, from: string): readonly StatedOption[] {
  if (!isUnknown(text)) return statedOptions({ [name]: text } satisfies Mapping, commandKeys, from);
  if (leftToTheRun.includes(name) || ['builder', 'load', 'push', 'iidfile', 'metadata-file'].includes(name)) return [];
  const [type, id] = [fieldsOf(text).get('type'), fieldsOf(text).get('id')];
  if (name === 'secret' && id !== undefined && !isUnknown(id)) return [{ name, value: `id=${id},type=given`, from }];
  // Of an output, its name is the run's to know; what shapes it has to be understood.
  const known = [...fieldsOf(text)].filter(([key, value]) => !isUnknown(value) && !(key === 'name' || key === 'tag'));
  const isNameAlone =
    name === 'output' && type !== undefined && known.length + unknownNames(text) === fieldsOf(text).size;
  if (!isNameAlone) return [{ name: 'unknown', value: name, from }];
  const rest = known.map(([key, value]) => (value.includes(',') ? `"${key}=${value}"` : `${key}=${value}`));
  return statedOptions({ output: rest.join(',') }, commandKeys, from);
}

function unknownNames(text: string): number {
  return [...fieldsOf(text)].filter(([key, value]) => isUnknown(value) && (key === 'name' || key === 'push')).length;
}

function nameOf(pair: string): string {
  return pair.split('=', 1)[0] ?? pair;
}

/** Whether a text has what only a run of a pipeline or an editor fills in. */
export function isUnknown(text: string): boolean {
  return /\$\(|\$\{|\0/.test(text);
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
