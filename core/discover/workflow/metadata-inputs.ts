import { csvFields } from '../../dockerfile/csv.ts';
import { DockerfileRefusal } from '../../dockerfile/refusal.ts';
import { isKnown, notKnown, reasonIn } from '../unknown.ts';

/** A line of `tags` of docker/metadata-action. */
export interface TagLine {
  readonly type: string;
  /** As it is written, for what is said of it. */
  readonly text: string;
  readonly attributes: ReadonlyMap<string, string>;
}

/** `flavor` of docker/metadata-action. */
export interface Flavor {
  readonly latest: string;
  readonly prefix: string;
  readonly suffix: string;
  readonly prefixLatest: boolean;
  readonly suffixLatest: boolean;
}

/** What could not be understood of an input, which the action may read in another way or refuse. */
export class NotUnderstood extends Error {
  override readonly name = 'NotUnderstood';
}

/** The lines of a list input: blank ones and comments say nothing. */
export function listInput(text: string): readonly string[] {
  const lines = text.split('\n').map((line) => line.replace(/#.*$/, '').trim());
  return lines.filter((line) => line !== '');
}

const own: Readonly<Record<string, readonly string[]>> = {
  schedule: ['pattern'],
  semver: ['pattern', 'value', 'match'],
  pep440: ['pattern', 'value', 'match'],
  match: ['pattern', 'group', 'value'],
  edge: ['branch'],
  ref: ['event'],
  raw: ['value'],
  sha: ['format'],
};
const common = ['type', 'enable', 'priority', 'prefix', 'suffix'];

const defaults: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  schedule: { priority: '1000', pattern: 'nightly' },
  semver: { priority: '900', value: '', match: '' },
  pep440: { priority: '900', value: '', match: '' },
  match: { priority: '800', group: '0', value: '' },
  edge: { priority: '700', branch: '' },
  ref: { priority: '600' },
  raw: { priority: '200' },
  sha: { priority: '100', prefix: 'sha-', format: 'short' },
};
const needed: Readonly<Record<string, string>> = {
  semver: 'pattern',
  pep440: 'pattern',
  match: 'pattern',
  ref: 'event',
  raw: 'value',
};

/** Reads one line of `tags`; throws NotUnderstood for what the action would refuse, or has since this was written. */
export function readTagLine(text: string): TagLine {
  const given = new Map<string, string>();
  for (const field of fieldsOf(text)) {
    const equals = field.indexOf('=');
    const [key, value] = equals === -1 ? ['value', field] : [field.slice(0, equals), field.slice(equals + 1)];
    given.set(key.trim().toLowerCase(), value.trim());
  }
  const type = given.get('type') ?? 'raw';
  const known = own[type];
  if (known === undefined) throw new NotUnderstood(`${text}: the type is not known`);
  const stray = [...given.keys()].find((key) => !known.includes(key) && !common.includes(key));
  if (stray !== undefined) throw new NotUnderstood(`${text}: the attribute ${stray} is not known`);
  const attributes = new Map([['enable', 'true'], ...Object.entries(defaults[type] ?? {}), ...given]);
  if (type === 'ref' && attributes.get('event') === 'pr' && !given.has('prefix')) attributes.set('prefix', 'pr-');
  if (type === 'ref' && !/^(?:branch|tag|pr)$/.test(attributes.get('event') ?? ''))
    throw new NotUnderstood(`${text}: its event is not known`);
  const lacking = needed[type];
  if (lacking !== undefined && (attributes.get(lacking) ?? '') === '')
    throw new NotUnderstood(`${text}: it has no ${lacking}`);
  if (Number.isNaN(Number(attributes.get('priority')))) throw new NotUnderstood(`${text}: its priority is no number`);
  return { type, text, attributes };
}

function fieldsOf(text: string): readonly string[] {
  if (!isKnown(text) && /type=\0|^\0/.test(text)) throw new NotUnderstood(reasonIn(text));
  try {
    return csvFields(text);
  } catch (error) {
    if (!(error instanceof DockerfileRefusal)) throw error;
    throw new NotUnderstood(`${text}: it is no list of fields`);
  }
}

/** Reads `flavor`; throws NotUnderstood as for tags. */
export function readFlavor(text: string): Flavor {
  const flavor = { latest: 'auto', prefix: '', suffix: '', prefixLatest: false, suffixLatest: false };
  for (const line of listInput(text)) {
    let last: 'prefixLatest' | 'suffixLatest' | undefined;
    for (const field of fieldsOf(line)) {
      const [, name = '', value = ''] = /^\s*([^=]*?)\s*=\s*([\s\S]*?)\s*$/.exec(field) ?? [];
      const key = name.toLowerCase();
      if (key === 'latest') flavor.latest = value;
      else if (key === 'prefix' || key === 'suffix') {
        flavor[key] = value;
        last = `${key}Latest`;
      } else if (key === 'onlatest' && last !== undefined && /^(?:true|false)$/.test(value))
        flavor[last] = value === 'true';
      else throw new NotUnderstood(`flavor ${line} is not understood`);
    }
  }
  if (isKnown(flavor.latest) && !/^(?:auto|true|false)$/.test(flavor.latest))
    throw new NotUnderstood(`flavor latest=${flavor.latest} is not understood`);
  return flavor;
}

/** Reads `images`: the names, in lower case; what is not understood of one is not known. */
export function metadataImages(text: string): readonly string[] {
  const lines = listInput(text);
  const single = lines.length === 1 && !(lines[0] ?? '').includes('=') ? (lines[0] ?? '').split(',') : lines;
  return single.flatMap((line) => {
    const trimmed = line.trim();
    if (trimmed === '') return [];
    if (!trimmed.includes('=')) return [trimmed.toLowerCase()];
    let [name, enable] = ['', 'true'];
    for (const field of fieldsOf(trimmed)) {
      const [, key = '', value = ''] = /^\s*([^=]*?)\s*=\s*([\s\S]*?)\s*$/.exec(field) ?? ['', 'name', field.trim()];
      if (key.toLowerCase() === 'name') name = value;
      else if (key.toLowerCase() === 'enable') enable = value;
      else throw new NotUnderstood(`images ${trimmed} is not understood`);
    }
    if (enable === 'false') return [];
    return [
      enable === 'true'
        ? name.toLowerCase()
        : name.toLowerCase() + notKnown(isKnown(enable) ? `enable=${enable}` : reasonIn(enable)),
    ];
  });
}
