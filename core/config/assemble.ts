import { resolve } from 'node:path';
import { readImageInputs } from '../discover/image-inputs.ts';
import type { imageInputs, subjectInputs, tagInputs } from '../discover/inputs.ts';
import type { Subject } from '../discover/subject.ts';
import { readGateTexts } from '../gate/config.ts';
import { readExceptions } from '../gate/exception-entries.ts';
import type { gateInputs } from '../gate/inputs.ts';
import type { GatePolicy } from '../gate/policy.ts';
import { gateTexts } from '../gate/run-texts.ts';
import type { extentInputs, runInputs } from '../inputs/run.ts';
import type { Host, World } from '../ports.ts';
import { takesImages } from '../settings/commands.ts';
import { platformOf, recordOf, tagOf } from '../settings/domain-values.ts';
import { below, type FileNode } from '../settings/file-node.ts';
import { inputLabel } from '../settings/input.ts';
import type { Settings } from '../settings/settings.ts';
import { complain } from '../settings/value.ts';
import { readImages } from './images.ts';
import type { Config } from './model.ts';
import { fileBelow, type Root } from './paths.ts';

/** What a run is about. */
export function readSubject(
  settings: Settings<readonly [...typeof subjectInputs, ...typeof imageInputs, ...typeof tagInputs]>,
  file: FileNode | undefined,
  root: Root,
  command: string,
): Pick<Config, keyof Subject> {
  const target = settings.text('target')?.text;
  const named = settings.texts('file').map((path) => fileBelow(root.root, path));
  return {
    root: root.root,
    files: root.file === undefined ? named : [root.file, ...named],
    include: settings.texts('include').map(({ text }) => text),
    exclude: settings.texts('exclude').map(({ text }) => text),
    images: readImages(file),
    imageInputs: takesImages(command) ? {} : readImageInputs(settings.texts('image')),
    tags: settings.texts('tags').map(tagOf),
    ...(target === undefined ? {} : { target }),
    args: recordOf(settings.pairs('build-arg'), ({ text }) => text),
    platforms: settings.texts('platform').map(platformOf),
  };
}

/** What an image may contain and still be promoted: the gate of all images. */
export function readGate(
  settings: Settings<typeof gateInputs>,
  file: FileNode | undefined,
  world: World,
  { root }: Root,
): GatePolicy {
  return {
    ...readGateTexts(gateTexts(settings, file, world, root)),
    severityThreshold: settings.choice('severity-threshold'),
    onlyFixable: settings.boolean('only-fixable'),
    newOnly: settings.boolean('new-only'),
    exceptions: readExceptions(below(file, 'gate.exceptions')),
  };
}

/** How the run goes and what it leaves behind. */
export function readRun(
  host: Host,
  settings: Settings<readonly [...typeof runInputs, ...typeof extentInputs]>,
  command: string,
  world: World,
): Pick<Config, 'concurrency' | 'dryRun' | 'force' | 'matrix' | 'format' | 'outputDirectory' | 'verbose'> {
  const format = settings.choice('format');
  if (command !== 'report' && format !== 'table' && format !== 'json') {
    const where = inputLabel(host.kind, 'format');
    throw complain(
      { where },
      `${format} is not a format of ${command}`,
      'use table or json, and the command report for other formats',
    );
  }
  return {
    concurrency: settings.number('concurrency'),
    dryRun: settings.boolean('dry-run'),
    force: settings.boolean('force'),
    ...(settings.text('matrix') === undefined ? {} : { matrix: settings.choice('matrix') }),
    format,
    outputDirectory: resolve(world.cwd, settings.text('output-dir')?.text ?? ''),
    verbose: settings.boolean('verbose'),
  };
}
