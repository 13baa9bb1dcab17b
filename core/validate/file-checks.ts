import { fail } from '../failure.ts';
import { longestAsked } from '../layers/reading.ts';
import { presenceOf } from './absence.ts';
import type { ImageFiles } from './image-files.ts';
import type { TestedPlatform } from './platform.ts';
import { type ContainerSettings, containerSettings } from './run-configuration.ts';
import type { Tests } from './settings.ts';
import { existenceFault } from './structure/existence.ts';
import { metadataFaults } from './structure/metadata.ts';
import type { ContentTest, StructureTests } from './structure/tests.ts';
import type { Check } from './validation.ts';

/** What a check found; `unknown` is what could not be looked at. */
type Found = { readonly kind: 'as-asked' } | { readonly kind: 'fault' | 'unknown'; readonly why: string };

interface Trial {
  readonly kind: Check['kind'];
  readonly name: string;
  readonly look: (files: ImageFiles, settings: ContainerSettings) => Found;
}

/** Whether an image's tests look at files at all. */
export function looksAtFiles({ settings, structure }: Tests): boolean {
  const inFiles = structure.some(({ existence, content }) => existence.length + content.length > 0);
  return inFiles || settings.absent.length > 0;
}

/** Files whose text the tests look at, by the variables of the platform's image. */
export function wantedTexts({ structure }: Tests, { env }: Pick<ContainerSettings, 'env'>): readonly string[] {
  return structure.flatMap(({ content }) => content.map(({ path }) => expanded(path, env)));
}

/** Everything that the tests ask of one platform without running it. */
export function checkPlatform(tests: Tests, { platform, config, files }: TestedPlatform): readonly Check[] {
  const metadata = tests.structure.flatMap(({ file, metadata: test }): readonly Check[] => {
    if (test === undefined) return [];
    const faults = metadataFaults(test, config);
    return [checkOf('structure', `metadata (${file})`, platform, foundIn(faults.join(', ')))];
  });
  const settings = containerSettings(config);
  return [
    ...metadata,
    ...trialsOf(tests).map(({ kind, name, look }) => {
      if (files === undefined)
        return checkOf(kind, name, platform, { kind: 'unknown', why: 'its files were not read' });
      if (files.kind === 'unreadable') return checkOf(kind, name, platform, { kind: 'unknown', why: files.why });
      return checkOf(kind, name, platform, look(files.files, settings));
    }),
  ];
}

function trialsOf({ settings, structure }: Tests): readonly Trial[] {
  return [
    ...structure.flatMap(fileTrials),
    ...settings.absent.map((absence): Trial => {
      const name = `no ${absence.replace('-', ' ')}`;
      return { kind: 'absence', name, look: (files, own) => foundIn(presenceOf(absence, files, own)) };
    }),
  ];
}

function fileTrials({ file, existence, content }: StructureTests): readonly Trial[] {
  const named = (name: string) => ({ kind: 'structure', name: `${name} (${file})` }) as const;
  return [
    ...existence.map((test): Trial => {
      const look = (files: ImageFiles, { env }: ContainerSettings) =>
        foundIn(existenceFault(test, files, expanded(test.path, env)));
      return { ...named(test.name), look };
    }),
    ...content.map((test): Trial => {
      return { ...named(test.name), look: (files, { env }) => contentOf(test, files, expanded(test.path, env)) };
    }),
  ];
}

function contentOf({ expectedContents, excludedContents }: ContentTest, files: ImageFiles, path: string): Found {
  const behind = files.behind(path);
  if (behind === undefined) return foundIn(`${path} does not exist`);
  if (behind.kind !== 'file') return foundIn(`${path} is not a file`);
  const text = files.text(path);
  if (text === undefined) return { kind: 'unknown', why: `${path} has more than ${longestAsked} bytes` };
  const missing = expectedContents.filter((pattern) => !pattern.matcher(text).find());
  const present = excludedContents.filter((pattern) => pattern.matcher(text).find());
  const faults = [
    ...missing.map((pattern) => `has nothing that matches ${pattern.pattern()}`),
    ...present.map((pattern) => `has something that matches ${pattern.pattern()}`),
  ];
  return foundIn(faults.length === 0 ? undefined : `${path} ${faults.join(', ')}`);
}

function foundIn(why: string | undefined): Found {
  return why === undefined || why === '' ? { kind: 'as-asked' } : { kind: 'fault', why };
}

function checkOf(kind: Check['kind'], name: string, platform: string, found: Found): Check {
  const common = { kind, name, platform };
  switch (found.kind) {
    case 'as-asked':
      return { ...common, verdict: 'pass' };
    case 'fault':
      return { ...common, verdict: 'fail', detail: found.why };
    case 'unknown':
      return {
        ...common,
        verdict: 'inconclusive',
        failure: fail('unreadable', name, found.why, 'look at the image').failure,
      };
  }
}

// As os.Expand does: paths of such files may name the image's variables.
function expanded(path: string, env: ContainerSettings['env']): string {
  return path.replace(
    /\$(?:(\w+)|\{(\w+)\})/g,
    (_, plain?: string, braced?: string) => env[plain ?? braced ?? ''] ?? '',
  );
}
