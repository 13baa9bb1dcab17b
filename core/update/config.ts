import type { Key, ValueInput } from '../settings/shape.ts';
import type { UpdatePolicy } from './update.ts';

const policies: readonly UpdatePolicy[] = ['patch', 'minor', 'major', 'digest', 'off'];
/** Bounds of a minimum age. */
export const days = { minimum: 0, maximum: 365 };

/** The keys of `update:` that hold for all images, and that a rule may say otherwise. */
export const choiceKeys = {
  policy: key('How far a tag may move; digest only pins the current tags, off leaves references alone.', {
    kind: { choice: policies },
    default: 'minor',
  }),
  suffix: key('Whether the version or codename in a suffix, such as -alpine3.19, may move up too.', {
    kind: { choice: ['keep', 'move'] },
    default: 'keep',
  }),
  lts: key('Offer only versions with long-term support, for projects that have them.', {
    kind: 'boolean',
    default: 'true',
  }),
  'pre-releases': key('Let a pre-release move to a newer pre-release; a release never does.', {
    kind: 'boolean',
    default: 'false',
  }),
  'pin-digests': key('Add a digest to references that have none.', { kind: 'boolean', default: 'false' }),
  'minimum-age': key('Days that a tag or digest must have been published before it is taken.', {
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
  'lts-majors': key('Major versions with long-term support, instead of the built-in list.', { kind: 'list' }),
  allow: key('Range of allowed versions, such as "<21" or "1.24 || 1.26".', { kind: 'string' }),
  ignore: key('Patterns of tags that are never taken.', { kind: 'list' }),
  group: key('Updates of one group share a pull request.', { kind: 'string' }),
};

/** What `update:` of the configuration file may say beside what inputs set there. */
export const updateKeys: Readonly<Record<string, Key>> = {
  ...choiceKeys,
  rules: {
    help: 'Settings for some images only; later rules override earlier ones.',
    shape: { kind: 'list', items: { kind: 'mapping', keys: ruleKeys } },
  },
};

function key(help: string, input: ValueInput): Key {
  return { help, shape: { kind: 'value', input } };
}

// What a rule does not say is as for all images: it has no default of its own.
function withoutDefault(help: string, shape: Key['shape']): Key {
  if (shape.kind !== 'value') return { help, shape };
  const { default: _, ...input } = shape.input;
  return { help, shape: { kind: 'value', input } };
}
