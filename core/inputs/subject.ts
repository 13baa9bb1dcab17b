import { commandDefinitions } from './commands.ts';
import type { InputDefinition } from './definition.ts';

const trees = ['detect', 'check', 'plan', 'refresh', 'update'] as const;

/** Inputs that say what a run is about: command, folder, images and how they are built. */
export const subjectInputs: readonly InputDefinition[] = [
  {
    name: 'command',
    kind: { choice: commandDefinitions.map(({ name }) => name).filter((name) => name !== 'demo') },
    default: 'check',
    help: 'What to do.',
    hosts: ['github', 'azure'],
  },
  {
    name: 'path',
    kind: 'list',
    default: '.',
    help: 'Folder of the repository; for the command report, the saved reports.',
    hosts: ['github', 'azure'],
  },
  {
    name: 'image',
    kind: 'list',
    placeholder: '[NAME=]REFERENCE',
    help: 'Published image of the only Dockerfile, or NAME=REFERENCE for one of several; for commands about images, such as scan, those images.',
    commands: ['check', 'plan', 'refresh', 'scan', 'rebase', 'rollback'],
  },
  {
    name: 'base',
    kind: 'string',
    placeholder: 'REFERENCE',
    help: 'Base to put the image on, where the image does not name it.',
    commands: ['rebase'],
  },
  {
    name: 'old-base',
    kind: 'string',
    placeholder: 'REFERENCE',
    help: 'Version of the base that the image stands on, where nothing records it.',
    commands: ['rebase'],
  },
  {
    name: 'candidate-only',
    kind: 'boolean',
    default: 'false',
    help: 'Whether to stop at the candidate: nothing is scanned and no release tag moves.',
    commands: ['rebase'],
  },
  {
    name: 'tags',
    kind: 'list',
    commas: true,
    placeholder: 'TAG',
    help: 'Release tags to promote to, in the order in which they move, where the image does not name its own.',
    commands: ['check', 'plan', 'refresh'],
    config: 'tags',
  },
  {
    name: 'config',
    kind: 'path',
    placeholder: 'FILE',
    help: 'Configuration file; without it, .base-image-refresh.yml of the folder where there is one.',
  },
  {
    name: 'file',
    kind: 'list',
    placeholder: 'FILE',
    help: 'Only these Dockerfiles, relative to the folder.',
  },
  {
    name: 'include',
    kind: 'list',
    placeholder: 'GLOB',
    help: 'Only Dockerfiles whose path matches one of these patterns.',
    commands: trees,
    config: 'include',
  },
  {
    name: 'exclude',
    kind: 'list',
    placeholder: 'GLOB',
    help: 'No Dockerfiles whose path matches one of these patterns.',
    commands: trees,
    config: 'exclude',
  },
  {
    name: 'target',
    kind: 'string',
    placeholder: 'STAGE',
    help: 'Stage to build, where the image does not name its own.',
    config: 'target',
  },
  {
    name: 'build-arg',
    kind: 'pairs',
    placeholder: 'KEY=VALUE',
    help: 'Build argument; these go over those of the configuration file.',
    config: 'build-args',
  },
  {
    name: 'platform',
    kind: 'list',
    commas: true,
    placeholder: 'OS/ARCH',
    help: 'Platforms to build and scan, such as linux/arm64; without it, those of the published image.',
    config: 'platforms',
  },
];
