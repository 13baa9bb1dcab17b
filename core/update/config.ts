import type { Key, ValueInput } from '../config/shape.ts';
import type { UpdatePolicy } from './update.ts';

const policies: readonly UpdatePolicy[] = ['patch', 'minor', 'major', 'digest', 'off'];
/** Bounds of a minimum age. */
export const days = { minimum: 0, maximum: 365 };

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

function key(help: string, input: ValueInput): Key {
  return { help, shape: { kind: 'value', input } };
}

// What a rule does not say is as for all images: it has no default of its own.
function withoutDefault(help: string, shape: Key['shape']): Key {
  if (shape.kind !== 'value') return { help, shape };
  const { default: _, ...input } = shape.input;
  return { help, shape: { kind: 'value', input } };
}
