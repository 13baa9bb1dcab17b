import type { InputDefinition } from '../settings/input.ts';

const trees = ['init', 'detect', 'check', 'plan', 'refresh', 'update', 'admission', 'prune', 'doctor'] as const;

/** Inputs that say where images are published. */
export const imageInputs = [
  {
    name: 'image',
    isFirst: true,
    kind: 'list',
    placeholder: '[NAME=]REFERENCE',
    from: 'run',
    help: 'Published image of the only Dockerfile, or NAME=REFERENCE for one of several. Commands that work on images, such as scan, take the images themselves.',
    commands: ['init', 'check', 'plan', 'refresh', 'scan', 'rebase', 'rollback', 'admission', 'prune', 'doctor'],
  },
] as const satisfies readonly InputDefinition[];

/** The input that says to which tags images are promoted. */
export const tagInputs = [
  {
    name: 'tags',
    isFirst: true,
    kind: 'list',
    commas: true,
    placeholder: 'TAG',
    from: 'repository',
    help: 'Release tags to promote to, in this order, for images that do not name their own; a reference such as quay.io/acme/web:1.2 is a tag in another repository.',
    commands: ['check', 'plan', 'refresh', 'admission', 'prune', 'doctor'],
    config: 'tags',
  },
] as const satisfies readonly InputDefinition[];

/** The input that takes in what files other than Dockerfiles name. */
export const referenceInputs = [
  {
    name: 'references',
    kind: 'boolean',
    default: 'false',
    from: 'run',
    help: 'The command is about the images that other files than Dockerfiles name: Kubernetes, Kustomize, Helm, Flux, Argo CD, CI and the like.',
    commands: ['detect', 'check', 'update', 'scan'],
  },
] as const satisfies readonly InputDefinition[];

/** Inputs that say which Dockerfiles a run is about, and what is built of them. */
export const subjectInputs = [
  {
    name: 'file',
    kind: 'list',
    placeholder: 'FILE',
    from: 'run',
    help: 'Only this Dockerfile, relative to the folder.',
  },
  {
    name: 'include',
    kind: 'list',
    placeholder: 'GLOB',
    from: 'repository',
    help: 'Only Dockerfiles whose path matches this pattern.',
    commands: trees,
    config: 'include',
  },
  {
    name: 'exclude',
    kind: 'list',
    placeholder: 'GLOB',
    from: 'repository',
    help: 'Leave out Dockerfiles, and with references other files, whose path matches this pattern.',
    commands: [...trees, 'scan'],
    config: 'exclude',
  },
  {
    name: 'allow-empty',
    kind: 'boolean',
    default: 'false',
    from: 'run',
    help: 'End well where no Dockerfile is found, or none matches an include pattern.',
    commands: ['detect', 'check', 'plan', 'refresh', 'update', 'prune'],
  },
  {
    name: 'target',
    kind: 'string',
    placeholder: 'STAGE',
    from: 'repository',
    help: 'Stage to build, for images that do not name their own.',
    config: 'target',
  },
  {
    name: 'build-arg',
    kind: 'pairs',
    placeholder: 'KEY=VALUE',
    from: 'repository',
    help: 'Build argument; overrides the same one in the configuration file.',
    config: 'build-args',
  },
  {
    name: 'platform',
    kind: 'list',
    commas: true,
    placeholder: 'OS/ARCH',
    from: 'repository',
    help: 'Platform to build and scan, such as linux/arm64; by default those of the published image.',
    config: 'platforms',
  },
] as const satisfies readonly InputDefinition[];
