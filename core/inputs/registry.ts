import type { InputDefinition } from './definition.ts';

const remote = ['check', 'plan', 'refresh', 'scan', 'rebase', 'rollback'] as const;

/** Inputs that say how registries are reached. */
export const registryInputs: readonly InputDefinition[] = [
  {
    name: 'registry',
    kind: 'string',
    placeholder: 'HOST',
    help: 'Registry that registry-username and registry-password are for; without it, the registry of image.',
    commands: remote,
  },
  {
    name: 'registry-username',
    kind: 'string',
    placeholder: 'NAME',
    help: 'User name for the registry; logins that Docker keeps are used without it.',
    commands: remote,
  },
  {
    name: 'registry-password',
    kind: 'secret',
    help: 'Password or token for the registry.',
    commands: remote,
  },
  {
    name: 'registry-credentials',
    kind: 'secret',
    help: 'Credentials of several registries, one HOST=USER:PASSWORD a line.',
    commands: remote,
  },
  {
    name: 'mirror',
    kind: 'pairs',
    placeholder: 'PREFIX=HOST',
    help: 'Where references with this prefix are read from, such as docker.io=mirror.example.',
    commands: remote,
    config: 'registries.mirrors',
  },
  {
    name: 'mirror-fallback',
    kind: 'boolean',
    default: 'false',
    help: 'Whether a registry is asked itself where its mirror fails.',
    commands: remote,
    config: 'registries.mirror-fallback',
  },
  {
    name: 'insecure-registry',
    kind: 'list',
    commas: true,
    placeholder: 'HOST',
    help: 'Registry that speaks plain HTTP; loopback hosts may without it.',
    config: 'registries.insecure',
  },
  {
    name: 'ca-file',
    kind: 'path',
    placeholder: 'FILE',
    help: 'Certificates in PEM of authorities that registries are trusted by, besides the usual ones.',
    commands: remote,
    config: 'registries.ca-file',
  },
  {
    name: 'registry-concurrency',
    kind: 'number',
    default: '16',
    range: { minimum: 1, maximum: 128 },
    placeholder: 'N',
    help: 'Largest number of requests under way to one registry.',
    commands: remote,
    config: 'registries.concurrency',
  },
  {
    name: 'registry-cache',
    kind: 'boolean',
    default: 'false',
    help: 'Whether manifests are kept in registry-cache of the output folder, so that a later run that has the folder fetches less.',
    commands: remote,
    config: 'registries.cache',
  },
  {
    name: 'deadline',
    kind: 'duration',
    default: '2h',
    placeholder: 'TIME',
    help: 'Longest time that a run may take, such as 90s, 30m or 2h.',
    commands: remote,
    config: 'deadline',
  },
];
