import { posix } from 'node:path';
import { csvFields } from './csv.ts';
import { isBoolean } from './directives.ts';
import { DockerfileRefusal } from './refusal.ts';

/** The fields of a `RUN --mount`, of which only `from` has its value before the stage is built. */
export interface MountFields {
  readonly fields: readonly string[];
  /** Empty where none is named. */
  readonly from: string;
}

/** Reads a mount as far as BuildKit does on parsing, or leaves variables of `from` for Buildah; throws Refusal. */
export function parseMountFields(text: string, isBuildah = false): MountFields {
  const fields = csvFields(text);
  let from = '';
  for (const field of fields) {
    const { key, value } = splitField(field);
    if (key !== 'from' || value === undefined) continue;
    if (!isBuildah && /\$./.test(value))
      throw invalid("'from' doesn't support variable expansion, define alias stage instead");
    from = value;
  }
  return { fields, from };
}

function splitField(field: string): { readonly key: string; readonly value: string | undefined } {
  const equals = field.indexOf('=');
  return equals === -1
    ? { key: field.toLowerCase(), value: undefined }
    : { key: field.slice(0, equals).toLowerCase(), value: field.slice(equals + 1) };
}

interface Mount {
  type: string;
  from: string;
  source: string;
  target: string;
  id: string;
  sharing: string;
  owned: string | undefined;
}

/** Refuses a mount that BuildKit refuses once variables are known (instructions/commands_runmount.go). */
export function validateMount({ fields }: MountFields, expand: (text: string) => string, directory: string): void {
  const mount: Mount = { type: 'bind', from: '', source: '', target: '', id: '', sharing: '', owned: undefined };
  for (const field of fields) {
    const { key, value } = splitField(field);
    if (value === undefined) takeWord(mount, key, field);
    else takePair(mount, key, expand(value), field);
  }
  validateTogether(mount);
  validateTarget(mount, directory);
}

function takeWord(mount: Mount, key: string, field: string): void {
  if (['readonly', 'ro', 'readwrite', 'rw'].includes(key)) return;
  if (key !== 'required') throw invalid(`invalid field '${field}' must be a key=value pair`);
  onlyFor(mount, key, ['secret', 'ssh']);
}

const types = ['bind', 'cache', 'tmpfs', 'secret', 'ssh'];

function takePair(mount: Mount, key: string, value: string, field: string): void {
  switch (key) {
    case 'type':
      mount.type = value.toLowerCase();
      if (!types.includes(mount.type)) throw invalid(`unsupported mount type "${value}"`);
      return;
    case 'from':
    case 'id':
      mount[key] = value;
      return;
    case 'source':
    case 'src':
      mount.source = value;
      return;
    case 'target':
    case 'dst':
    case 'destination':
      mount.target = value;
      return;
    case 'sharing':
      mount.sharing = value.toLowerCase();
      if (!['shared', 'private', 'locked'].includes(mount.sharing))
        throw invalid(`unsupported sharing value "${value}"`);
      return;
    case 'env':
      return;
    default:
      takeChecked(mount, key, value, field);
  }
}

function takeChecked(mount: Mount, key: string, value: string, field: string): void {
  switch (key) {
    case 'readonly':
    case 'ro':
    case 'readwrite':
    case 'rw':
      demand(isBoolean(value), key, value);
      return;
    case 'required':
      onlyFor(mount, key, ['secret', 'ssh']);
      demand(isBoolean(value), key, value);
      return;
    case 'size':
      onlyFor(mount, key, ['tmpfs']);
      demand(/^\d+(?:\.\d+)? ?(?:[kmgtp]?i?b?)$/i.test(value), key, value);
      return;
    case 'mode':
      mount.owned ??= key;
      demand(isUnsigned(value, 8), key, value);
      return;
    case 'uid':
    case 'gid':
      mount.owned ??= key;
      demand(isUnsigned(value, 10), key, value);
      return;
    default:
      throw invalid(`unexpected key '${key}' in '${field}'`);
  }
}

function validateTogether({ type, from, source, target, id, sharing, owned }: Mount): void {
  if (owned !== undefined && (type === 'bind' || type === 'tmpfs')) {
    throw invalid(`${owned} not allowed for "${type}" type mounts`);
  }
  if (type === 'secret') {
    if (from !== '') throw invalid('secret mount should not have a from');
    if (sharing !== '') throw invalid('secret mount should not define sharing');
    if (source === '' && target === '' && id === '') {
      throw invalid('invalid secret mount. one of source, target required');
    }
    if (source !== '' && id !== '') throw invalid("both source and id can't be set");
  }
  if (sharing !== '' && type !== 'cache') throw invalid(`invalid cache sharing set for ${type} mount`);
}

function validateTarget({ type, source, target }: Mount, directory: string): void {
  if (type === 'ssh' && source !== '') throw invalid('ssh does not support source');
  if (type === 'ssh' || type === 'secret') return;
  const absolute = target.startsWith('/') ? target : posix.join('/', directory, target);
  if (absolute === '/') throw invalid('invalid mount target "/"');
}

function onlyFor({ type }: Mount, key: string, allowed: readonly string[]): void {
  if (!allowed.includes(type)) throw invalid(`unexpected key '${key}' for mount type '${type}'`);
}

function demand(isGood: boolean, key: string, value: string): void {
  if (!isGood) throw invalid(`invalid value for ${key}: ${value}`);
}

function isUnsigned(text: string, base: 8 | 10): boolean {
  return (base === 8 ? /^[0-7]+$/ : /^\d+$/).test(text) && Number.parseInt(text, base) < 2 ** 32;
}

function invalid(detail: string): DockerfileRefusal {
  return new DockerfileRefusal('invalid-mount', null, detail);
}
