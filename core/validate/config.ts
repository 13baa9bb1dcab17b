import { below, type FileNode, statedText, statedTexts } from '../settings/file-node.ts';
import { namesFile, namesRunner, nothing } from '../settings/named.ts';
import { type Key, valueKey } from '../settings/shape.ts';
import { choiceOf, parseChoice, parseDuration } from '../settings/value.ts';
import { defined } from '../table.ts';
import { absences, runners, type TestSettings } from './settings.ts';

const timeout = 60_000;
const compatibilities = ['report', 'fail'] as const;
const runnerOf = choiceOf(runners);
const compatibilityOf = choiceOf(compatibilities);

/** What `tests:` of the configuration file may say, for all images or for one. */
export const testKeys: Readonly<Record<string, Key>> = {
  command: valueKey(
    'Program and arguments that must succeed in the candidate, one per entry; not run through a shell.',
    {
      kind: 'list',
      from: 'repository',
    },
  ),
  timeout: valueKey('Time limit of the command.', { kind: 'duration', from: 'repository', default: '60s' }),
  runner: valueKey('What runs the command; auto takes the first of docker, podman and buildah that is available.', {
    kind: { choice: runners },
    from: 'run',
    names: (text) => (text === 'auto' ? nothing : namesRunner(text)),
    default: 'auto',
  }),
  structure: valueKey('Structure tests in the format of container-structure-test: files relative to the folder.', {
    kind: 'list',
    from: 'repository',
    names: namesFile,
  }),
  absent: {
    help: 'What must not be in the image.',
    shape: { kind: 'list', items: { kind: 'value', input: { kind: { choice: absences }, from: 'repository' } } },
  },
  compatibility: valueKey(
    'Report changes of configuration, C library and distribution since the published image, or fail on those that may break it.',
    { kind: { choice: compatibilities }, from: 'repository' },
  ),
};

/** The tests of all images. */
export function readTests(file: FileNode | undefined): TestSettings {
  return { timeout, runner: 'auto', structure: [], absent: [], ...readTestKeys(below(file, 'tests')) };
}

/** What a `tests:` says; what it does not is left out. */
export function readTestKeys(tests: FileNode | undefined): Partial<TestSettings> {
  const text = (name: string) => statedText(below(tests, name));
  const texts = (name: string) => statedTexts(below(tests, name)).map((value) => value.text);
  const limit = text('timeout');
  return defined({
    command: nonEmpty(texts('command')),
    timeout: limit === undefined ? undefined : parseDuration(limit),
    runner: runnerOf(text('runner')),
    structure: nonEmpty(texts('structure')),
    absent: nonEmpty(statedTexts(below(tests, 'absent')).map((value) => parseChoice(value, absences))),
    compatibility: compatibilityOf(text('compatibility')),
  });
}

function nonEmpty<T>(values: readonly T[]): readonly T[] | undefined {
  return values.length === 0 ? undefined : values;
}
