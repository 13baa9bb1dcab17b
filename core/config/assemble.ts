import { resolve } from 'node:path';
import { readGateTexts } from '../gate/config.ts';
import type { Host, World } from '../ports.ts';
import { readScannerSettings } from '../scan/read-settings.ts';
import { takesImages } from '../settings/commands.ts';
import { platformOf, recordOf, referenceOf, tagOf } from '../settings/domain-values.ts';
import { below, type FileNode } from '../settings/file-node.ts';
import { inputLabel } from '../settings/input.ts';
import type { Settings } from '../settings/settings.ts';
import { complain } from '../settings/value.ts';
import { gateTexts } from './gate-texts.ts';
import { readExceptions, readImageInputs, readImages } from './images.ts';
import type { Config } from './model.ts';
import { fileBelow, type Root } from './paths.ts';

type Subject = Pick<
  Config,
  'root' | 'files' | 'include' | 'exclude' | 'images' | 'imageInputs' | 'tags' | 'target' | 'args' | 'platforms'
>;

/** What a run is about. */
export function readSubject(settings: Settings, file: FileNode | undefined, root: Root, command: string): Subject {
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

/** How images are made again, scanned and judged. */
export function readPolicy(
  settings: Settings,
  file: FileNode | undefined,
  world: World,
  { root }: Root,
): Pick<Config, 'gate' | 'hardening' | 'engine' | 'rebase' | 'scanner' | 'failOn'> {
  return {
    gate: {
      ...readGateTexts(gateTexts(settings, file, world, root)),
      severityThreshold: settings.choice('severity-threshold'),
      onlyFixable: settings.boolean('only-fixable'),
      newOnly: settings.boolean('new-only'),
      exceptions: readExceptions(below(file, 'gate.exceptions')),
    },
    hardening: settings.boolean('hardening'),
    engine: settings.choice('engine'),
    rebase: readRebase(settings),
    failOn: settings.choice('fail-on'),
    scanner: readScannerSettings(settings, file, world),
  };
}

function readRebase(settings: Settings): Config['rebase'] {
  const [base, oldBase] = [settings.text('base'), settings.text('old-base')];
  return {
    policy: settings.choice('rebase'),
    ...(base === undefined ? {} : { base: referenceOf(base) }),
    ...(oldBase === undefined ? {} : { oldBase: referenceOf(oldBase) }),
    candidateOnly: settings.boolean('candidate-only'),
  };
}

/** How the run goes and what it leaves behind. */
export function readRun(
  host: Host,
  settings: Settings,
  command: string,
  world: World,
): Pick<Config, 'concurrency' | 'dryRun' | 'force' | 'matrix' | 'format' | 'outputDirectory' | 'verbose'> {
  const format: Config['format'] = settings.choice('format');
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
    ...(settings.text('matrix') === undefined ? {} : { matrix: settings.choice<'github' | 'azure'>('matrix') }),
    format,
    outputDirectory: resolve(world.cwd, settings.text('output-dir')?.text ?? ''),
    verbose: settings.boolean('verbose'),
  };
}
