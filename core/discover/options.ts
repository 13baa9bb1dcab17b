import { posix } from 'node:path';
import { itemsOf, type Mapping, mappingOf, textOf } from '../json.ts';

/** What the description of a release build can ask for besides its files, arguments, contexts, target and platforms. */
export const optionNames = [
  'label',
  'annotation',
  'build-arg',
  'secret',
  'ssh',
  'add-host',
  'network',
  'shm-size',
  'ulimit',
  'allow',
  'cgroup-parent',
  'isolation',
  'sbom',
  'provenance',
  'output',
  'no-cache',
  'no-cache-filter',
  'pull',
  'cache-from',
  'cache-to',
  'unknown',
] as const;
export type OptionName = (typeof optionNames)[number];

/** One option as a description states it; `unknown` is a key, or a value, that is not understood. */
export interface StatedOption {
  readonly name: OptionName;
  readonly value: string;
  /** Such as "docker-bake.hcl target.app". */
  readonly from: string;
}

type Found = Omit<StatedOption, 'from'>;
/** Reads the value of a key; undefined where it is not understood. */
type Reader = (value: unknown) => readonly Found[] | undefined;

/** What the keys of a description mean; those that are `read-elsewhere` are no options of builders. */
export type KeyTable = Readonly<Record<string, Reader | 'read-elsewhere'>>;

/** The options that a mapping states; a key that the table lacks, or a value that is not understood, is one too. */
export function statedOptions(stated: Mapping, table: KeyTable, from: string): readonly StatedOption[] {
  return Object.entries(stated).flatMap(([key, value]) => {
    const reader = Object.hasOwn(table, key) ? table[key] : undefined;
    if (reader === 'read-elsewhere' || value === null || value === undefined || key.startsWith('x-')) return [];
    const found = reader?.(value) ?? [{ name: 'unknown' as const, value: key }];
    return found.map((option) => ({ ...option, from }));
  });
}

/** One text. */
export function one(name: OptionName): Reader {
  return (value) => {
    const text = textOf(value);
    return text === undefined ? undefined : text === '' ? [] : [{ name, value: text }];
  };
}

/** A list of texts, of mappings as `buildx bake --print` writes them, or one text alone. */
export function many(name: OptionName): Reader {
  return (value) => all(Array.isArray(value) ? value : [value], (item) => stated(name, recordOf(item)));
}

/** A mapping, or a list of NAME=VALUE. */
export function named(name: OptionName): Reader {
  return (value) =>
    all(pairs(value), (pair) => (pair === undefined ? undefined : [{ name, value: `${pair[0]}=${pair[1]}` }]));
}

/** Hosts by name: a mapping, or a list of NAME:ADDRESS or NAME=ADDRESS. */
export const hosts: Reader = (value) => {
  const listed = mappingOf(value) === undefined ? [value].flat() : undefined;
  const found = listed?.map((item) => splitPair(textOf(item)?.replace(/[:=]/, '='))) ?? pairs(value);
  return all(found, (pair) =>
    pair === undefined ? undefined : [{ name: 'add-host', value: `${pair[0]}:${pair[1]}` } as const],
  );
};

/** A switch: what is off asks for nothing. */
export function flag(name: OptionName): Reader {
  return (value) => {
    const text = textOf(value)?.toLowerCase();
    if (text === 'true') return [{ name, value: 'true' }];
    return text === 'false' || text === '' ? [] : undefined;
  };
}

/** `sbom` and `provenance`: a switch, or what it is to be like. */
export function attested(name: 'sbom' | 'provenance'): Reader {
  return (value) => {
    const text = textOf(value);
    if (text === undefined) return undefined;
    if (/^(?:false|disabled=true)?$/i.test(text)) return [];
    return [{ name, value: /^true$/i.test(text) ? '' : text }];
  };
}

/** `attest`: a list of `type=sbom,…` and `type=provenance,…`. */
export const attestations: Reader = (value) =>
  all(Array.isArray(value) ? value : [value], (item) => {
    const fields = fieldsOf(recordOf(item) ?? '');
    const type = fields.get('type');
    if (type !== 'sbom' && type !== 'provenance') return undefined;
    if (fields.get('disabled') === 'true') return [];
    const rest = [...fields].filter(([key]) => key !== 'type' && key !== 'disabled');
    return [{ name: type, value: recordText(rest) }];
  });

const shaping = /^(?:compression|compression-level|force-compression|oci-mediatypes|rewrite-timestamp)$/;
const placing =
  /^(?:type|name|push|push-by-digest|name-canonical|registry\.insecure|dangling-name-prefix|unpack|store|dest|tar|prefer-image-digest)$/;

/** `output`: of what is pushed, the attributes that shape it. What goes elsewhere is no release. */
export const shapedOutput: Reader = (value) =>
  all(Array.isArray(value) ? value : [value], (item) => {
    const record = recordOf(item);
    if (record === undefined) return undefined;
    const fields = fieldsOf(record);
    const type = fields.get('type');
    if (type !== 'image' && type !== 'registry') return [];
    return [...fields].flatMap(([key, text]): readonly Found[] => {
      const annotation = /^annotation(?:-([a-z-]+))?\.(.+)$/.exec(key);
      if (annotation !== null) {
        const level = annotation[1] === undefined ? '' : `${annotation[1]}:`;
        return [{ name: 'annotation', value: `${level}${annotation[2]}=${text}` }];
      }
      if (shaping.test(key)) return text === '' ? [] : [{ name: 'output', value: `${key}=${text}` }];
      return placing.test(key) ? [] : [{ name: 'unknown', value: `output ${key}` }];
    });
  });

/** Nothing that a refresh has to know; the key is known. */
export const asksNothing: Reader = () => [];

function stated(name: OptionName, value: string | undefined): readonly Found[] | undefined {
  return value === undefined ? undefined : value === '' ? [] : [{ name, value }];
}

function all<T>(items: readonly T[], read: (item: T) => readonly Found[] | undefined): readonly Found[] | undefined {
  const found: Found[] = [];
  for (const item of items) {
    const options = read(item);
    if (options === undefined) return undefined;
    found.push(...options);
  }
  return found;
}

function pairs(value: unknown): readonly (readonly [string, string] | undefined)[] {
  if (Array.isArray(value)) return value.map((item) => splitPair(textOf(item)));
  const mapping = mappingOf(value);
  if (mapping === undefined) return [splitPair(textOf(value))];
  return Object.entries(mapping).map(([key, item]) => {
    const text = item === null ? '' : textOf(item);
    return text === undefined ? undefined : ([key, text] as const);
  });
}

function splitPair(text: string | undefined): readonly [string, string] | undefined {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text ?? '') ?? [];
  return name === undefined || value === undefined ? undefined : [name, value];
}

/** A text as it is, or a mapping as the CSV record that stands for it on a command line. */
function recordOf(item: unknown): string | undefined {
  const mapping = mappingOf(item);
  if (mapping === undefined) return textOf(item);
  const fields = Object.entries(mapping).map(([key, value]) => {
    const text = Array.isArray(value) ? itemsOf(value).map(textOf).join(',') : textOf(value);
    return text === undefined ? undefined : ([key, text] as const);
  });
  return fields.includes(undefined) ? undefined : recordText(fields.filter((field) => field !== undefined));
}

function recordText(fields: readonly (readonly [string, string])[]): string {
  return fields
    .map(([key, value]) => `${key}=${value}`)
    .map((field) => (/[",]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field))
    .join(',');
}

/** The fields of a record such as `type=image,compression=zstd`; quotes hold what has a comma. */
export function fieldsOf(record: string): ReadonlyMap<string, string> {
  const fields: string[] = [''];
  let quoted = false;
  for (let at = 0; at < record.length; at += 1) {
    const character = record[at] ?? '';
    const isDoubled = quoted && character === '"' && record[at + 1] === '"';
    if (isDoubled) at += 1;
    if (character === '"' && !isDoubled) quoted = !quoted;
    else if (character === ',' && !quoted) fields.push('');
    else fields[fields.length - 1] += character;
  }
  return new Map(
    fields.flatMap((text) => {
      const equals = text.indexOf('=');
      const [key, value] = equals === -1 ? [text, ''] : [text.slice(0, equals), text.slice(equals + 1)];
      return key.trim() === '' ? [] : [[key.trim(), value] as const];
    }),
  );
}

// One value for the whole build: the last one counts.
const single: readonly OptionName[] = ['network', 'shm-size', 'cgroup-parent', 'isolation', 'sbom', 'provenance'];
// One value for each name.
const byName: readonly OptionName[] = ['label', 'add-host', 'secret', 'ssh', 'ulimit', 'output'];

/** Options with later ones over earlier ones, as builders merge them. */
export function mergeOptions(under: readonly StatedOption[], over: readonly StatedOption[]): readonly StatedOption[] {
  const merged = new Map<string, StatedOption>();
  for (const option of [...under, ...over]) merged.set(keyOf(option), option);
  return [...merged.values()];
}

function keyOf({ name, value }: StatedOption): string {
  if (single.includes(name)) return name;
  if (!byName.includes(name)) return `${name} ${value}`;
  const key = name === 'secret' ? fieldsOf(value).get('id') : value.split(name === 'add-host' ? ':' : '=', 1)[0];
  return `${name} ${key}`;
}

/** The options with files of secrets and keys of agents counted from a folder of the repository. */
export function optionsFrom(folder: string, options: readonly StatedOption[]): readonly StatedOption[] {
  return options.map((option) => {
    if (option.name !== 'secret') return option;
    const fields = fieldsOf(option.value);
    const file = fields.get('src') ?? fields.get('source');
    if (file === undefined || file === '' || /^[/~$]/.test(file)) return option;
    const rest = [...fields].filter(([key]) => key !== 'src' && key !== 'source');
    return { ...option, value: recordText([...rest, ['src', posix.join(folder, file)]]) };
  });
}
