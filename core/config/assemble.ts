import { join, resolve } from 'node:path';
import { readImageInputs } from '../discover/image-inputs.ts';
import type { imageInputs, subjectInputs, tagInputs } from '../discover/inputs.ts';
import type { RunSubject } from '../discover/subject.ts';
import { givenGate } from '../gate/given-gate.ts';
import type { gateInputs } from '../gate/inputs.ts';
import { type GateLayers, layeredGate } from '../gate/layers.ts';
import { ofTheRun, readGate } from '../gate/read-gate.ts';
import type { extentInputs, runInputs } from '../inputs/run.ts';
import type { Host, World } from '../ports.ts';
import { takesImages } from '../settings/commands.ts';
import { platformValue, recordOfPairs, tagNameOf } from '../settings/domain-values.ts';
import { below, type FileNode } from '../settings/file-node.ts';
import { inputLabel } from '../settings/input.ts';
import type { Settings } from '../settings/settings.ts';
import { complain } from '../settings/value.ts';
import { readImages } from './images.ts';
import type { Config, ImageConfigEntry } from './model.ts';
import { fileBelow, type RunRoot } from './paths.ts';
import type { LayeredFile } from './policies.ts';

/** What a run is about. */
export function readSubject(
  settings: Settings<readonly [...typeof subjectInputs, ...typeof imageInputs, ...typeof tagInputs]>,
  file: FileNode | undefined,
  root: RunRoot,
  command: string,
): Omit<Pick<Config, keyof RunSubject>, 'engine'> {
  const target = settings.text('target')?.text;
  const named = settings.texts('file').map((path) => fileBelow(root.root, path));
  return {
    root: root.root,
    files: root.file === undefined ? named : [root.file, ...named],
    include: settings.texts('include').map(({ text }) => text),
    allowEmpty: settings.boolean('allow-empty'),
    exclude: settings.texts('exclude').map(({ text }) => text),
    images: readImages(file, root.root),
    imageInputs: takesImages(command) ? {} : readImageInputs(settings.texts('image')),
    tags: settings.texts('tags').map(tagNameOf),
    ...(target === undefined ? {} : { target }),
    args: recordOfPairs(settings.pairs('build-arg'), ({ text }) => text),
    platforms: settings.texts('platform').map(platformValue),
  };
}

/** What images may contain and still be promoted: of all, and in the entries of `images` of each that says so itself. */
export function readGates(
  settings: Settings<typeof gateInputs>,
  { file, floor }: LayeredFile,
  isOfRun: boolean,
  images: readonly ImageConfigEntry[],
  { cwd, root }: { readonly cwd: string; readonly root: string },
): Pick<Config, 'gate' | 'images' | 'explain'> & { readonly notices: readonly string[] } {
  const own = readGate(below(file, 'gate'));
  const layers: GateLayers = {
    given: givenGate(settings, { cwd }, root),
    own: isOfRun ? ofTheRun(own) : own,
    isOfRun,
    // A policy that says nothing of the gate, such as one of signatures, is no floor of it.
    ...(below(floor, 'gate') === undefined ? {} : { floor: ofTheRun(readGate(below(floor, 'gate'))) }),
  };
  const all = layeredGate(layers);
  const each = images.map((entry) => {
    if (entry.gate === undefined) return { entry, looser: [] };
    const { policy, looser } = layeredGate(layers, isOfRun ? ofTheRun(entry.gate) : entry.gate);
    return { entry: { ...entry, gate: policy }, looser };
  });
  const notices = [
    ...all.looser.map((field) => looserWords(file, field)),
    ...each.flatMap(({ entry, looser }) =>
      looser.filter((field) => !all.looser.includes(field)).map((field) => looserWords(file, field, entry.name)),
    ),
  ];
  const explain = settings.texts('explain').map(({ text }) => text);
  const asked = explain.length === 0 ? {} : { explain };
  return { gate: all.policy, images: each.map(({ entry }) => entry), ...asked, notices };
}

function looserWords(file: FileNode | undefined, field: string, image?: string): string {
  const key = field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const subject = image === undefined ? `gate.${key}` : `gate.${key} of ${image}`;
  return `${file?.file || 'the configuration'}: ${subject} is looser than the policy of the run, which counts instead`;
}

/** How the run goes and what it leaves behind. */
export function readRun(
  host: Host,
  settings: Settings<readonly [...typeof runInputs, ...typeof extentInputs]>,
  command: string,
  world: World,
): Pick<
  Config,
  'concurrency' | 'dryRun' | 'force' | 'matrix' | 'format' | 'outputDirectory' | 'historyFile' | 'verbose'
> {
  const format = settings.choice('format');
  if (command !== 'report' && format !== 'table' && format !== 'json') {
    const where = inputLabel(host.kind, 'format');
    throw complain(
      { where },
      `${format} is not a format of ${command}`,
      'use table or json, and the command report for other formats',
    );
  }
  // Both are the host's, and refused here like any other that is not one.
  settings.choice('log-format');
  if (settings.boolean('quiet') && settings.boolean('verbose')) {
    throw complain({ where: inputLabel(host.kind, 'quiet') }, 'contradicts verbose', 'give one of them');
  }
  const outputDirectory = resolve(world.cwd, settings.text('output-dir')?.text ?? '');
  const history = settings.text('history');
  return {
    concurrency: settings.number('concurrency'),
    dryRun: settings.boolean('dry-run'),
    force: settings.boolean('force'),
    ...(settings.text('matrix') === undefined ? {} : { matrix: settings.choice('matrix') }),
    format,
    outputDirectory,
    historyFile: history === undefined ? join(outputDirectory, 'history.json') : resolve(world.cwd, history.text),
    verbose: settings.boolean('verbose'),
  };
}
