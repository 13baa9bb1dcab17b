import { type Key, valueKey, withoutDefault } from '../settings/shape.ts';
import type { UpdatePolicy } from './update.ts';

const policies = ['patch', 'minor', 'major', 'digest', 'off'] as const satisfies readonly UpdatePolicy[];
/** Bounds of a minimum age. */
export const days = { minimum: 0, maximum: 365 };

/** The keys of `update:` that hold for all images, and that a rule may say otherwise. */
export const choiceKeys = {
  policy: valueKey('How far a tag may move; digest only pins the current tags, off leaves references alone.', {
    kind: { choice: policies },
    from: 'repository',
    default: 'minor',
  }),
  suffix: valueKey('Whether the version or codename in a suffix, such as -alpine3.19, may move up too.', {
    kind: { choice: ['keep', 'move'] },
    from: 'repository',
    default: 'keep',
  }),
  lts: valueKey('Offer only versions with long-term support, for projects that have them.', {
    kind: 'boolean',
    from: 'repository',
    default: 'true',
  }),
  'pre-releases': valueKey('Let a pre-release move to a newer pre-release; a release never does.', {
    kind: 'boolean',
    from: 'repository',
    default: 'false',
  }),
  'pin-digests': valueKey('Add a digest to references that have none.', {
    kind: 'boolean',
    from: 'repository',
    default: 'false',
  }),
  'minimum-age': valueKey('Days that a tag or digest must have been published before it is taken.', {
    kind: 'number',
    from: 'repository',
    range: days,
    default: '0',
  }),
} satisfies Record<string, Key>;

const ruleKeys: Readonly<Record<string, Key>> = {
  match: {
    help: 'Patterns of references: node, ghcr.io/acme/*, mcr.microsoft.com/dotnet/**, node:*-alpine*.',
    shape: { kind: 'value', input: { kind: 'list', from: 'repository' } },
    required: true,
  },
  ...Object.fromEntries(Object.entries(choiceKeys).map(([name, key]) => [name, withoutDefault(key)])),
  'lts-majors': valueKey('Major versions with long-term support, instead of the built-in list.', {
    kind: 'list',
    from: 'repository',
  }),
  allow: valueKey('Range of allowed versions, such as "<21" or "1.24 || 1.26".', {
    kind: 'string',
    from: 'repository',
  }),
  'end-of-life': valueKey('Last day on which the image gets fixes, such as 2027-01-31, instead of the built-in date.', {
    kind: 'string',
    from: 'repository',
  }),
  'replaced-by': valueKey('The repository that takes the place of the image; it is shown with the same tag.', {
    kind: 'string',
    from: 'repository',
  }),
  ignore: valueKey('Patterns of tags that are never taken.', { kind: 'list', from: 'repository' }),
  group: valueKey('Updates of one group share a pull request.', { kind: 'string', from: 'repository' }),
};

/** What `update:` of the configuration file may say beside what inputs set there. */
export const updateKeys: Readonly<Record<string, Key>> = {
  ...choiceKeys,
  rules: {
    help: 'Settings for some images only; later rules override earlier ones.',
    shape: { kind: 'list', items: { kind: 'mapping', keys: ruleKeys } },
  },
};
