import { deployShape } from '../deploy/read-settings.ts';
import { gateKeys } from '../gate/config.ts';
import { exceptionsShape } from '../gate/exception-entries.ts';
import { rulesShape } from '../gate/rules/config.ts';
import { inputs } from '../inputs.ts';
import { namesOfOption, statableOptions } from '../rebuild/image-build.ts';
import { scannerKeys } from '../scan/config.ts';
import type { Named } from '../settings/input.ts';
import { type Key, type MappingShape, mapping, type Shape, withoutDefault } from '../settings/shape.ts';
import { trustRules } from '../sign/config.ts';
import { updateKeys } from '../update/config.ts';
import { testKeys } from '../validate/config.ts';
import { tagRuleKey } from './tag-rule.ts';

/** The form of .base-image-refresh.yml: what catalogue inputs set there, and the lists that no input could carry. */
export function configShape(): MappingShape {
  const gate = {
    ...keysBelow('gate.'),
    ...gateKeys,
    exceptions: { help: 'Findings that are accepted, each with a reason and an expiry date.', shape: exceptionsShape },
    rules: { help: 'Rules, of which the first that fits decides; before what the other keys say.', shape: rulesShape },
  };
  return mapping({
    ...keysBelow(''),
    images: {
      help: 'Images of the repository, one for each Dockerfile and stage that is published.',
      shape: images(gate),
    },
    continuity: {
      help: 'In what a rebuilt image may differ from the one that it replaces.',
      shape: mapping(keysBelow('continuity.')),
    },
    gate: { help: 'What a rebuilt image may contain and still be promoted.', shape: gateShape(gate) },
    tests: { help: 'Tests that a candidate must pass before it is promoted.', shape: mapping(testKeys) },
    scanner: { help: 'How images are scanned.', shape: mapping({ ...scannerKeys, ...keysBelow('scanner.') }) },
    update: {
      help: 'Which references move to newer tags and digests, and how far.',
      shape: mapping({ ...updateKeys, ...keysBelow('update.') }),
    },
    sign: { help: 'How promoted images are signed.', shape: mapping(keysBelow('sign.')) },
    'verify-base': {
      help: 'Who must have signed the base images that match a pattern before anything is built on them.',
      shape: trustRules,
    },
    'verify-attestations': {
      help: 'Who must have signed what is attested beside the published images that match a pattern, for it to count as evidence of their bases.',
      shape: trustRules,
    },
    deploy: {
      help: 'Where promoted images are deployed, one target after the other.',
      shape: deployShape,
    },
    build: { help: 'How images are built.', shape: mapping(keysBelow('build.')) },
    registries: { help: 'How registries are reached.', shape: mapping(keysBelow('registries.')) },
  });
}

// `gate: absolute` is `gate: { scope: absolute }`.
function gateShape(keys: Readonly<Record<string, Key>>): MappingShape {
  return { ...mapping(keys), word: 'scope' };
}

function text(help: string, required?: true): Key {
  return {
    help,
    shape: { kind: 'value', input: { kind: 'string', from: 'repository' } },
    ...(required === undefined ? {} : { required }),
  };
}

// Keys that inputs set directly below a prefix; `gate.` gives severity-threshold, the empty prefix gives tags.
function keysBelow(prefix: string): Record<string, Key> {
  const keys: Record<string, Key> = {};
  for (const input of inputs) {
    if (input.config === undefined || !input.config.startsWith(prefix)) continue;
    const key = input.config.slice(prefix.length);
    if (!key.includes('.')) keys[key] = { help: input.help, shape: { kind: 'value', input } };
  }
  return keys;
}

function ofInput(name: string, help: string): Key {
  const input = inputs.find((candidate) => candidate.config === name);
  if (input === undefined) throw new Error(`the catalogue has no input for ${name}`);
  return withoutDefault({ help, shape: { kind: 'value', input } });
}

function imageBuild(): MappingShape {
  const list = (help: string, names?: (text: string) => Named): Key => ({
    help,
    shape: { kind: 'value', input: { kind: 'list', from: 'repository', ...(names === undefined ? {} : { names }) } },
  });
  return mapping({
    secrets: ofInput('build.secrets', 'Secrets of the build of this image, beside those of all.'),
    ssh: ofInput('build.ssh', 'SSH agents or keys for the build of this image, beside those of all.'),
    'cache-from': ofInput('build.cache-from', 'Caches to read, in place of those of all.'),
    'cache-to': ofInput('build.cache-to', 'Caches to write, in place of those of all.'),
    timeout: ofInput('build.timeout', 'Time limit of the build of this image.'),
    labels: {
      help: 'Labels of the image; they go over those of its build files.',
      shape: { kind: 'value', input: { kind: 'pairs', from: 'repository' } },
    },
    annotations: list('Annotations as docker buildx takes them, such as index:org.opencontainers.image.title=web.'),
    options: list(
      `Further options of the build as OPTION=VALUE: ${statableOptions.filter((name) => name !== 'label' && name !== 'annotation').join(', ')}.`,
      namesOfOption,
    ),
    prepare: list(
      'Program and arguments that make what COPY takes and no commit has; run in the folder of the source before the build where that is missing, without a shell and without secrets of the run.',
      () => ({ kind: 'runner' }),
    ),
    'leave-out': list(
      'Options of the release build that rebuilds go without, such as add-host, or a key that is not known.',
    ),
  });
}

function images(gate: Readonly<Record<string, Key>>): Shape {
  const ownGate = Object.fromEntries(Object.entries(gate).map(([name, key]) => [name, withoutDefault(key)]));
  const ownTests = Object.fromEntries(Object.entries(testKeys).map(([name, key]) => [name, withoutDefault(key)]));
  const keys = {
    name: text('Name of the image in reports; by default the name of its folder.'),
    owner: text(
      'Who is responsible for the image, such as a team; by default the owners of its Dockerfile in CODEOWNERS.',
    ),
    dockerfile: {
      ...text(
        'Path of the Dockerfile, relative to the folder of the repository; none for an image that only check looks at.',
      ),
      required: { unless: 'image' },
    },
    context: text('Build context, relative to the folder of the repository.'),
    target: text('Stage to build.'),
    image: text('Where the image is published, such as ghcr.io/acme/web.'),
    tags: ofInput(
      'tags',
      'Release tags to promote to, in this order: tags of its repository, or references such as quay.io/acme/web:1.2 in others.',
    ),
    'tag-rule': tagRuleKey,
    platforms: ofInput('platforms', 'Platforms to build and scan; by default those of the published image.'),
    'build-args': ofInput('build-args', 'Build arguments of this image; override those of all images.'),
    engine: ofInput('engine', 'How this image is rebuilt.'),
    source: ofInput('source', 'Source of full builds of this image.'),
    continuity: {
      help: 'In what this image may differ from the one that it replaces.',
      shape: mapping({ accept: ofInput('continuity.accept', 'Aspects in which it may.') }),
    },
    build: { help: 'How this image is built, on top of what its build files say.', shape: imageBuild() },
    gate: { help: 'Overrides of the gate for this image.', shape: gateShape(ownGate) },
    tests: { help: 'Overrides of the tests for this image.', shape: mapping(ownTests) },
  };
  return { kind: 'list', items: mapping(keys) };
}
