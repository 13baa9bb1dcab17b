import { validRange } from 'semver';
import { below, type FileNode, itemsOf, textOf, textsOf } from '../config/node.ts';
import type { Settings } from '../config/settings.ts';
import type { Key, ValueInput } from '../config/shape.ts';
import { complain, parseBoolean, parseNumber, quoted, type Text } from '../config/text.ts';
import type { UpdateRule, UpdateSettings } from './settings.ts';
import type { UpdatePolicy } from './update.ts';

const policies: readonly UpdatePolicy[] = ['patch', 'minor', 'major', 'digest', 'off'];
const days = { minimum: 0, maximum: 365 };

/** The keys of `update:` that hold for all images, and that a rule may say otherwise. */
export const choiceKeys = {
  policy: key('How far a tag may move; digest keeps tags and pins them, off leaves references alone.', {
    kind: { choice: policies },
    default: 'minor',
  }),
  suffix: key("Whether a suffix's own version or codename, such as that of -alpine3.19, may go up too.", {
    kind: { choice: ['keep', 'move'] },
    default: 'keep',
  }),
  lts: key('Whether only versions with long-term support are offered, where a project has such.', {
    kind: 'boolean',
    default: 'true',
  }),
  'pre-releases': key('Whether a pre-release may move to a newer one; a release never does.', {
    kind: 'boolean',
    default: 'false',
  }),
  'pin-digests': key('Whether a reference without a digest gets one.', { kind: 'boolean', default: 'false' }),
  'minimum-age': key('How many days something must have been there before it is taken.', {
    kind: 'number',
    range: days,
    default: '0',
  }),
} satisfies Record<string, Key>;

const ruleKeys: Readonly<Record<string, Key>> = {
  match: {
    help: 'Patterns of references: node, ghcr.io/acme/*, mcr.microsoft.com/dotnet/**, node:*-alpine*.',
    shape: { kind: 'value', input: { kind: 'list' } },
    required: true,
  },
  ...Object.fromEntries(
    Object.entries(choiceKeys).map(([name, { help, shape }]) => [name, withoutDefault(help, shape)]),
  ),
  'lts-majors': key('Majors that have long-term support, in place of what is known of the project.', { kind: 'list' }),
  allow: key('Range of versions that are allowed, such as "<21" or "1.24 || 1.26".', { kind: 'string' }),
  ignore: key('Patterns of tags that are never taken.', { kind: 'list' }),
  group: key('Updates of one group belong together, as in one pull request.', { kind: 'string' }),
};

/** What `update:` of the configuration file may say beside what inputs set there. */
export const updateKeys: Readonly<Record<string, Key>> = {
  ...choiceKeys,
  rules: {
    help: 'What differs for some images; each rule that matches adds what it says, and the last one wins.',
    shape: { kind: 'list', items: { kind: 'mapping', keys: ruleKeys } },
  },
};

/** Reads how references are updated; throws `usage` or `config`. */
export function readUpdate(
  settings: Settings,
  file: FileNode | undefined,
  resolvePath: (path: string) => string,
): UpdateSettings {
  const firstSeen = settings.text('first-seen')?.text;
  return {
    policy: settings.choice('update-policy'),
    suffix: settings.choice('suffix-policy'),
    longTermOnly: settings.boolean('lts'),
    preReleases: settings.boolean('pre-releases'),
    pinDigests: settings.boolean('pin-digests'),
    minimumAge: settings.number('minimum-age'),
    ignore: [],
    group: 'base-images',
    write: settings.boolean('write'),
    repairPins: settings.boolean('repair-pins'),
    scanHeld: settings.boolean('scan-held'),
    ...(firstSeen === undefined ? {} : { firstSeen: resolvePath(firstSeen) }),
    rules: itemsOf(below(file, 'update.rules')).map(readRule),
  };
}

function readRule(rule: FileNode): UpdateRule {
  const at = (name: string) => textOf(below(rule, name));
  const boolean = (name: string) => mapped(at(name), parseBoolean);
  const majors = below(rule, 'lts-majors');
  const ignore = below(rule, 'ignore');
  const read = {
    policy: at('policy')?.text as UpdatePolicy | undefined,
    suffix: at('suffix')?.text as 'keep' | 'move' | undefined,
    longTermOnly: boolean('lts'),
    longTermMajors: majors && textsOf(majors).map((text) => parseNumber(text, { minimum: 0, maximum: 100_000 })),
    preReleases: boolean('pre-releases'),
    pinDigests: boolean('pin-digests'),
    minimumAge: mapped(at('minimum-age'), (text) => parseNumber(text, days)),
    allow: mapped(at('allow'), rangeOf),
    ignore: ignore && textsOf(ignore).map(({ text }) => text),
    group: mapped(at('group'), groupOf),
  };
  const said = Object.entries(read).filter(([, value]) => value !== undefined);
  return { match: textsOf(below(rule, 'match')).map(({ text }) => text), ...Object.fromEntries(said) };
}

function rangeOf(value: Text): string {
  if (validRange(value.text) !== null) return value.text;
  throw complain(value, `cannot be ${quoted(value.text)}`, 'give a range such as "<21", "^3.19" or "1.24 || 1.26"');
}

// The name becomes part of a branch's.
function groupOf(value: Text): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,49}$/.test(value.text) && !value.text.endsWith('.')) return value.text;
  throw complain(value, `cannot be ${quoted(value.text)}`, 'use letters, digits, ".", "_" and "-", at most 50');
}

function key(help: string, input: ValueInput): Key {
  return { help, shape: { kind: 'value', input } };
}

// What a rule does not say is as for all images: it has no default of its own.
function withoutDefault(help: string, shape: Key['shape']): Key {
  if (shape.kind !== 'value') return { help, shape };
  const { default: _, ...input } = shape.input;
  return { help, shape: { kind: 'value', input } };
}

function mapped<T>(value: Text | undefined, read: (value: Text) => T): T | undefined {
  return value === undefined ? undefined : read(value);
}
