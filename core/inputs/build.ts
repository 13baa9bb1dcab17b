import { freshnessRules } from '../rebuild/settings.ts';
import type { InputDefinition } from './definition.ts';

const commands = ['refresh'] as const;

/** Inputs that say how full builds are made. */
export const buildInputs: readonly InputDefinition[] = [
  {
    name: 'freshness',
    kind: { choice: freshnessRules },
    default: 'no-cache',
    help: 'What full builds may take from a cache: nothing, all but stages that fetch packages, what stands before an argument that is new each time, or everything.',
    commands,
    config: 'build.freshness',
  },
  {
    name: 'build-secret',
    kind: 'list',
    placeholder: 'ID=env:NAME|file:PATH',
    help: 'Secret that builds may mount, from a variable or a file; its value stands in no argument and no log.',
    commands,
    config: 'build.secrets',
  },
  {
    name: 'build-ssh',
    kind: 'list',
    placeholder: 'default|ID=PATH',
    help: 'SSH agent or key that builds may use.',
    commands,
    config: 'build.ssh',
  },
  {
    name: 'cache-from',
    kind: 'list',
    placeholder: 'CACHE',
    help: 'Cache that builds may read, in the words of the builder, such as type=registry,ref=ghcr.io/acme/cache; it needs a freshness that takes from a cache.',
    commands,
    config: 'build.cache-from',
  },
  {
    name: 'cache-to',
    kind: 'list',
    placeholder: 'CACHE',
    help: 'Where builds leave their cache, in the words of the builder.',
    commands,
    config: 'build.cache-to',
  },
  {
    name: 'sbom-generator',
    kind: 'string',
    placeholder: 'IMAGE',
    help: 'Image with which BuildKit writes an SBOM of each platform and attests it.',
    commands,
    config: 'build.sbom-generator',
  },
  {
    name: 'acr-registry-id',
    kind: 'string',
    placeholder: 'ID',
    help: 'Resource ID of the Azure Container Registry in which the engine acr-tasks builds; without it, it is looked for in the subscription of the job.',
    commands,
    config: 'build.acr-registry-id',
  },
  {
    name: 'build-timeout',
    kind: 'duration',
    placeholder: 'TIME',
    default: '1h',
    help: 'Longest time that one build may take, such as 20m.',
    commands,
    config: 'build.timeout',
  },
  {
    name: 'build-attempts',
    kind: 'number',
    default: '3',
    range: { minimum: 1, maximum: 100 },
    placeholder: 'N',
    help: 'How often the same build may fail, over several runs with one output folder, before it is no longer tried.',
    commands,
    config: 'build.attempts',
  },
];
