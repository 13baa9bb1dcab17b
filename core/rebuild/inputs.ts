import type { InputDefinition, Named } from '../settings/input.ts';
import { namesFile, namesRunner, nothing } from '../settings/named.ts';
import { engineNames, freshnessRules } from './settings.ts';

const commands = ['refresh'] as const;

// What is malformed is refused where it is read.
function sourceOfSecret(text: string): Named {
  const [, kind, source = ''] = /^[\w.-]+=(env|file):(.*)$/s.exec(text) ?? [];
  if (kind === undefined) return nothing;
  return kind === 'file' ? namesFile(source) : namesRunner(source);
}

// Fields that say nothing of where a cache is but its reference; those of other types are folders and clouds of the runner.
const field =
  '(?:ref|mode|scope|compression|compression-level|force-compression|oci-mediatypes|image-manifest|ignore-error)';
const cacheOfImages = new RegExp(`^(?:[^=,"\\s]+|type=(?:registry|inline|gha)(?:,${field}=[^,"\\s]*)*)$`);

function placeOfCache(text: string): Named {
  return cacheOfImages.test(text) ? nothing : namesRunner(text);
}

/** Inputs that say how full builds are made. */
export const buildInputs = [
  {
    name: 'freshness',
    kind: { choice: freshnessRules },
    default: 'no-cache',
    from: 'repository',
    help: 'What builds may reuse from a cache: nothing, all but the stages that install packages, whatever precedes an argument that is new each time, or everything.',
    commands,
    config: 'build.freshness',
  },
  {
    name: 'build-secret',
    kind: 'list',
    placeholder: 'ID=env:NAME|file:PATH',
    from: 'run',
    names: sourceOfSecret,
    help: 'Secret for the build, from an environment variable or a file; it appears in no argument and no log.',
    commands,
    config: 'build.secrets',
  },
  {
    name: 'build-ssh',
    kind: 'list',
    placeholder: 'default|ID=PATH',
    from: 'run',
    help: 'SSH agent or key for the build.',
    commands,
    config: 'build.ssh',
  },
  {
    name: 'cache-from',
    kind: 'list',
    placeholder: 'CACHE',
    from: 'repository',
    names: placeOfCache,
    help: 'Cache to read, as docker buildx takes it, such as type=registry,ref=ghcr.io/acme/cache; requires a freshness that uses a cache.',
    commands,
    config: 'build.cache-from',
  },
  {
    name: 'cache-to',
    kind: 'list',
    placeholder: 'CACHE',
    from: 'repository',
    names: placeOfCache,
    help: 'Cache to write, as docker buildx takes it.',
    commands,
    config: 'build.cache-to',
  },
  {
    name: 'sbom-generator',
    kind: 'string',
    placeholder: 'IMAGE',
    from: 'repository',
    help: 'Image with which BuildKit generates and attests an SBOM for each platform.',
    commands,
    config: 'build.sbom-generator',
  },
  {
    name: 'acr-registry-id',
    kind: 'string',
    placeholder: 'ID',
    from: 'run',
    help: 'Resource ID of the Azure Container Registry that the engine acr-tasks builds in; by default it is looked up in the subscription of the job.',
    commands,
    config: 'build.acr-registry-id',
  },
  {
    name: 'build-timeout',
    kind: 'duration',
    placeholder: 'TIME',
    default: '1h',
    from: 'repository',
    help: 'Time limit of one build, such as 20m.',
    commands,
    config: 'build.timeout',
  },
  {
    name: 'build-attempts',
    kind: 'number',
    default: '3',
    range: { minimum: 1, maximum: 100 },
    placeholder: 'N',
    from: 'repository',
    help: 'How often the same build may fail, across runs and machines, before it waits: an hour, doubled with each further failure, up to 32.',
    commands,
    config: 'build.attempts',
  },
] as const satisfies readonly InputDefinition[];

/** Inputs that say what the command rebase moves an image from and to. */
export const rebaseInputs = [
  {
    name: 'base',
    kind: 'string',
    placeholder: 'REFERENCE',
    from: 'run',
    help: 'Base to move the image to, if the image does not name its base.',
    commands: ['rebase'],
  },
  {
    name: 'old-base',
    kind: 'string',
    placeholder: 'REFERENCE',
    from: 'run',
    help: 'Version of the base that the image was built on, if nothing records it.',
    commands: ['rebase'],
  },
  {
    name: 'candidate-only',
    kind: 'boolean',
    default: 'false',
    from: 'run',
    help: 'Stop once the candidate is pushed: nothing is scanned and no release tag moves.',
    commands: ['rebase'],
  },
] as const satisfies readonly InputDefinition[];

/** Inputs that say what makes an image again. */
export const engineInputs = [
  {
    name: 'engine',
    isFirst: true,
    kind: { choice: ['auto', ...engineNames] },
    default: 'auto',
    from: 'repository',
    help: 'How images are rebuilt: rebase swaps the layers of the base, every other engine runs a build. The default, auto, takes the first that is safe and available.',
    commands: ['plan', 'refresh', 'doctor'],
    config: 'engine',
  },
  {
    name: 'rebase',
    kind: { choice: ['never', 'when-safe', 'force'] },
    default: 'when-safe',
    from: 'repository',
    help: 'When to swap the layers of the base instead of building: never, when that is proved equal to a build, or whenever the layers fit.',
    commands: ['refresh', 'rebase'],
    config: 'rebase',
  },
  {
    name: 'smoke-run',
    kind: 'boolean',
    default: 'true',
    from: 'run',
    help: 'Start the entry point of what auto rebased for ten seconds, without network, where docker or podman is at hand; build instead where it does not start as the published image does.',
    commands: ['refresh'],
  },
] as const satisfies readonly InputDefinition[];
