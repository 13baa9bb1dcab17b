import { parsePlatform } from '../oci/platform.ts';
import { isUnknown, optionsBy } from './build-options.ts';
import { actionInputs, commandKeys } from './option-keys.ts';
import { mergeOptions, type StatedOption } from './options.ts';
import type { StepBuild } from './published.ts';
import { isKnown } from './unknown.ts';

const elsewhere = ['build-args', 'build-contexts', 'context', 'file', 'github-token', 'platforms', 'tags', 'target'];
// Lists of lines, and of words between commas.
const lines = ['annotations', 'attests', 'cache-from', 'cache-to', 'labels', 'outputs', 'ulimit'];
const words = ['add-hosts', 'allow', 'no-cache-filters', 'ssh'];

// Of the services that stand in for docker's own action: where they build, and for whom.
const ofServices =
  /^(?:project|token|build-platform|buildx-fallback|lint|lint-fail-on|save|save-tags?|save-token|sbom-dir|setup-only|nofallback)$/;
// What a run writes of itself; a refresh keeps that of the published image.
const ofTheRelease = /^org\.opencontainers\.image\.(?:created|revision|version)=/;

/**
 * The options that the inputs of docker/build-push-action state. What a secret holds is never read: where it comes from
 * is the run's to say. With `whole` an input that is not known is an option that is not understood.
 */
export function actionOptions(given: Readonly<Record<string, string>>, whole: boolean): readonly StatedOption[] {
  const from = '';
  const found = Object.entries(given).flatMap(([input, text]): readonly StatedOption[] => {
    if (text === '' || elsewhere.includes(input) || ofServices.test(input)) return [];
    const secret = Object.hasOwn(secretInputs, input) ? secretInputs[input] : undefined;
    if (secret !== undefined) return linesIn(text).map((line) => secretOf(line, secret, from));
    const name = Object.hasOwn(actionInputs, input) ? actionInputs[input] : undefined;
    if (name === undefined) return whole ? [{ name: 'unknown', value: input, from }] : [];
    const values = valuesOf(input, text).filter((value) => name !== 'label' || !ofTheRelease.test(value));
    return values.flatMap((value) => optionsBy(name, value, from));
  });
  return mergeOptions([], [...found, ...unknownArguments(linesIn(given['build-args'] ?? ''))]);
}

// The build arguments whose values only a run knows: one without a value has that of the environment.
function unknownArguments(args: readonly string[]): readonly StatedOption[] {
  return args.flatMap((arg): readonly StatedOption[] => {
    const [, name, value] = /^([\w.-]+)(?:=([\s\S]*))?$/.exec(arg) ?? [];
    if (name !== undefined && (value === undefined || isUnknown(value)))
      return [{ name: 'build-arg', value: name, from: '' }];
    return name === undefined && isUnknown(arg) ? [{ name: 'unknown', value: 'build-args', from: '' }] : [];
  });
}

/** What a build is asked for, with what of its arguments, contexts and platforms is not known. */
export function optionsWithUnknown({ args, contexts, platforms, options = [] }: StepBuild): readonly StatedOption[] {
  const isOpen = (text: string) => !isKnown(text) || !text.includes('=');
  const unknown = [
    ...(contexts.some(isOpen) ? ['build-contexts'] : []),
    ...(platforms.some((text) => !isKnown(text) || parsePlatform(text) === undefined) ? ['platforms'] : []),
  ];
  return [
    ...options,
    ...unknownArguments(args),
    ...unknown.map((value): StatedOption => ({ name: 'unknown', value, from: '' })),
  ];
}

// Of commands that build: what has no part in the image.
const harmless =
  /^(?:authfile|cert-dir|creds|debug|disable-content-trust|format|ignorefile|jobs|layers|logfile|manifest|no-logs|no-wait|project|registry|retry|retry-delay|runtime|save|stdin|tls-verify|token)$/;

/** The options of a command that builds, by their long names with dashes. */
export function commandOptions(values: ReadonlyMap<string, readonly string[]>): readonly StatedOption[] {
  const found = [...values].flatMap(([written, texts]) => {
    const name = written.replace(/^--/, '');
    if (harmless.test(name) || commandKeys[name] === 'read-elsewhere') return [];
    return texts
      .filter((text) => name !== 'label' || !ofTheRelease.test(text))
      .flatMap((text) => optionsBy(name, text, ''));
  });
  return mergeOptions([], [...found, ...unknownArguments(values.get('--build-arg') ?? [])]);
}

const secretInputs: Readonly<Record<string, 'given' | 'env' | 'src'>> = {
  secrets: 'given',
  'secret-envs': 'env',
  'secret-files': 'src',
};

function secretOf(line: string, kind: 'given' | 'env' | 'src', from: string): StatedOption {
  const [, id, source = ''] = /^["']?([^="']+)=(.*)$/s.exec(line) ?? [];
  if (id === undefined || isUnknown(id)) return { name: 'unknown', value: 'secrets', from };
  const isKnown = kind !== 'given' && !isUnknown(source);
  return { name: 'secret', value: isKnown ? `id=${id},${kind}=${source}` : `id=${id},type=given`, from };
}

function valuesOf(input: string, text: string): readonly string[] {
  if (lines.includes(input)) return linesIn(text);
  return words.includes(input)
    ? linesIn(text).flatMap((line) => line.split(',').map((word) => word.trim()))
    : [text.trim()];
}

function linesIn(text: string): readonly string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/** The options of an image that several runs publish: what they write differently into labels is of each run. */
export function optionsOfRuns(runs: readonly (readonly StatedOption[])[], from: string): readonly StatedOption[] {
  const textOf = ({ name, value }: StatedOption) => `${name} ${value}`;
  const asked = runs.map((options) => new Set(options.map(textOf)));
  const shared = runs.flat().filter((option) => {
    const isOfForm = option.name === 'label' || option.name === 'annotation';
    return !isOfForm || asked.every((options) => options.has(textOf(option)));
  });
  return mergeOptions(
    [],
    shared.map((option) => ({ ...option, from })),
  );
}
