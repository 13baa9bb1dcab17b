import { basename } from 'node:path';
import type { OptionName, StatedOption } from '../discover/options.ts';
import { mergeOptions, optionNames } from '../discover/options.ts';
import { recordOfPairs } from '../settings/domain-values.ts';
import { below, type FileNode, pairsOf, statedText, statedTexts } from '../settings/file-node.ts';
import type { Named } from '../settings/input.ts';
import { namesRunner, nothing } from '../settings/named.ts';
import { invalid, nearest, parseDuration, type Text } from '../settings/value.ts';
import { given } from '../table.ts';
import { secretOf } from './read-settings.ts';
import type { BuildSettings } from './settings.ts';

/** How one image is built, on top of what its build files and the settings of all say. */
export interface ImageBuild {
  readonly secrets: BuildSettings['secrets'];
  readonly ssh: BuildSettings['ssh'];
  readonly cacheFrom?: BuildSettings['cacheFrom'];
  readonly cacheTo?: BuildSettings['cacheTo'];
  readonly timeout?: BuildSettings['timeout'];
  readonly options: readonly StatedOption[];
  /** Options of the release build that rebuilds go without: `add-host`, or a key that is not known. */
  readonly leaveOut: readonly string[];
  /** Program and arguments that make what COPY takes and no commit has. */
  readonly prepare?: readonly string[];
}

/** Reads `images[].build`; throws `config` for what is malformed. */
export function readImageBuild(node: FileNode, root: string): ImageBuild {
  const texts = (key: string) => {
    const at = below(node, key);
    return at === undefined ? undefined : statedTexts(at);
  };
  const plain = (key: string) => texts(key)?.map(({ text }) => text);
  const timeout = statedText(below(node, 'timeout'));
  const from = `${basename(node.file)} images[].build`;
  const labels = Object.entries(recordOfPairs(pairsOf(below(node, 'labels')), ({ text }) => text));
  const stated: readonly StatedOption[] = [
    ...labels.map(([name, value]) => ({ name: 'label' as const, value: `${name}=${value}`, from })),
    ...(plain('annotations') ?? []).map((value) => ({ name: 'annotation' as const, value, from })),
    ...(texts('options') ?? []).map((text) => optionOf(text, from)),
  ];
  return {
    secrets: (texts('secrets') ?? []).map((text) => secretOf(text, root, root)),
    ssh: plain('ssh') ?? [],
    options: mergeOptions([], stated),
    leaveOut: plain('leave-out') ?? [],
    ...given('prepare', plain('prepare')),
    ...given('cacheFrom', plain('cache-from')),
    ...given('cacheTo', plain('cache-to')),
    ...given('timeout', timeout === undefined ? undefined : parseDuration(timeout)),
  };
}

/** Options that can be stated one by one; the others have keys of their own. */
export const statableOptions: readonly OptionName[] = optionNames.filter(
  (name) => !['unknown', 'build-arg', 'secret', 'ssh', 'cache-from', 'cache-to', 'pull', 'provenance'].includes(name),
);

function optionOf(text: Text, from: string): StatedOption {
  const [written = '', ...rest] = text.text.split('=');
  const name = statableOptions.find((one) => one === written);
  if (name !== undefined) return { name, value: rest.join('=') || (name === 'sbom' ? '' : 'true'), from };
  const near = nearest(written, statableOptions);
  throw invalid(text, near === undefined ? `write it as OPTION=VALUE` : `the nearest option is ${near}`);
}

/** What an option of a build takes of the runner: its network, what builds may do there, its control groups. */
export function namesOfOption(text: string): Named {
  return /^(?:allow=|cgroup-parent=|network=(?!(?:none|default)$))/.test(text) ? namesRunner(text) : nothing;
}

/** The settings of all with those of one image on top. */
export function settingsOf(all: BuildSettings, own: ImageBuild | undefined): BuildSettings {
  if (own === undefined) return all;
  const { secrets, ssh, cacheFrom, cacheTo, timeout } = own;
  const others = all.secrets.filter(({ id }) => !secrets.some((secret) => secret.id === id));
  return {
    ...all,
    secrets: [...others, ...secrets],
    ssh: [...new Set([...all.ssh, ...ssh])],
    ...given('cacheFrom', cacheFrom),
    ...given('cacheTo', cacheTo),
    ...given('timeout', timeout),
  };
}
