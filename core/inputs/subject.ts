import { commandDefinitions } from '../settings/commands.ts';
import type { InputDefinition } from '../settings/input.ts';

const trees = ['detect', 'check', 'plan', 'refresh', 'update', 'doctor'] as const;

/** Inputs that say what a run is about: command, folder, images and how they are built. */
export const subjectInputs: readonly InputDefinition[] = [
  {
    name: 'command',
    kind: { choice: commandDefinitions.map(({ name }) => name).filter((name) => name !== 'demo') },
    default: 'check',
    help: 'Command to run.',
    hosts: ['github', 'azure'],
  },
  {
    name: 'path',
    kind: 'list',
    default: '.',
    help: 'Folder of the repository; for report, policy-test and deploy, the saved reports.',
    hosts: ['github', 'azure'],
  },
  {
    name: 'image',
    kind: 'list',
    placeholder: '[NAME=]REFERENCE',
    help: 'Published image of the only Dockerfile, or NAME=REFERENCE for one of several. Commands that work on images, such as scan, take the images themselves.',
    commands: ['check', 'plan', 'refresh', 'scan', 'rebase', 'rollback', 'doctor'],
  },
  {
    name: 'base',
    kind: 'string',
    placeholder: 'REFERENCE',
    help: 'Base to move the image to, if the image does not name its base.',
    commands: ['rebase'],
  },
  {
    name: 'old-base',
    kind: 'string',
    placeholder: 'REFERENCE',
    help: 'Version of the base that the image was built on, if nothing records it.',
    commands: ['rebase'],
  },
  {
    name: 'candidate-only',
    kind: 'boolean',
    default: 'false',
    help: 'Stop once the candidate is pushed: nothing is scanned and no release tag moves.',
    commands: ['rebase'],
  },
  {
    name: 'tags',
    kind: 'list',
    commas: true,
    placeholder: 'TAG',
    help: 'Release tags to promote to, in this order, for images that do not name their own.',
    commands: ['check', 'plan', 'refresh', 'doctor'],
    config: 'tags',
  },
  {
    name: 'config',
    kind: 'path',
    placeholder: 'FILE',
    help: 'Configuration file; by default .base-image-refresh.yml in the folder, if there is one.',
  },
  {
    name: 'file',
    kind: 'list',
    placeholder: 'FILE',
    help: 'Only this Dockerfile, relative to the folder.',
  },
  {
    name: 'include',
    kind: 'list',
    placeholder: 'GLOB',
    help: 'Only Dockerfiles whose path matches this pattern.',
    commands: trees,
    config: 'include',
  },
  {
    name: 'exclude',
    kind: 'list',
    placeholder: 'GLOB',
    help: 'Leave out Dockerfiles whose path matches this pattern.',
    commands: trees,
    config: 'exclude',
  },
  {
    name: 'target',
    kind: 'string',
    placeholder: 'STAGE',
    help: 'Stage to build, for images that do not name their own.',
    config: 'target',
  },
  {
    name: 'build-arg',
    kind: 'pairs',
    placeholder: 'KEY=VALUE',
    help: 'Build argument; overrides the same one in the configuration file.',
    config: 'build-args',
  },
  {
    name: 'platform',
    kind: 'list',
    commas: true,
    placeholder: 'OS/ARCH',
    help: 'Platform to build and scan, such as linux/arm64; by default those of the published image.',
    config: 'platforms',
  },
];
