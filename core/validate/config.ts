import { below, type FileNode, textOf, textsOf } from '../settings/file-node.ts';
import type { Key, ValueInput } from '../settings/shape.ts';
import { parseDuration } from '../settings/value.ts';
import { type Absence, absences, runners, type TestSettings } from './settings.ts';

const timeout = 60_000;

/** What `tests:` of the configuration file may say, for all images or for one. */
export const testKeys: Readonly<Record<string, Key>> = {
  command: key('Program and arguments that must succeed in the candidate, one per entry; not run through a shell.', {
    kind: 'list',
  }),
  timeout: key('Time limit of the command.', { kind: 'duration', default: '60s' }),
  runner: key('What runs the command; auto takes the first of docker, podman and buildah that is available.', {
    kind: { choice: runners },
    default: 'auto',
  }),
  structure: key('Structure tests in the format of container-structure-test: files relative to the folder.', {
    kind: 'list',
  }),
  absent: {
    help: 'What must not be in the image.',
    shape: { kind: 'list', items: { kind: 'value', input: { kind: { choice: absences } } } },
  },
  compatibility: key(
    'Report changes of configuration, C library and distribution since the published image, or fail on those that may break it.',
    { kind: { choice: ['report', 'fail'] } },
  ),
};

function key(help: string, input: ValueInput): Key {
  return { help, shape: { kind: 'value', input } };
}

/** The tests of all images. */
export function readTests(file: FileNode | undefined): TestSettings {
  return { timeout, runner: 'auto', structure: [], absent: [], ...readTestKeys(below(file, 'tests')) };
}

/** What a `tests:` says; what it does not is left out. */
export function readTestKeys(tests: FileNode | undefined): Partial<TestSettings> {
  const text = (name: string) => textOf(below(tests, name));
  const texts = (name: string) => textsOf(below(tests, name)).map((value) => value.text);
  const limit = text('timeout');
  const said: Partial<Record<keyof TestSettings, unknown>> = {
    command: nonEmpty(texts('command')),
    timeout: limit === undefined ? undefined : parseDuration(limit),
    runner: text('runner')?.text,
    structure: nonEmpty(texts('structure')),
    absent: nonEmpty(texts('absent') as Absence[]),
    compatibility: text('compatibility')?.text,
  };
  // exactOptionalPropertyTypes: what is not said is left out, never undefined.
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)) as Partial<TestSettings>;
}

function nonEmpty<T>(values: readonly T[]): readonly T[] | undefined {
  return values.length === 0 ? undefined : values;
}
