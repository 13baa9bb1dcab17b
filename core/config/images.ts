import { readGateKeys } from '../gate/config.ts';
import { readExceptions } from '../gate/exception-entries.ts';
import { thresholds } from '../gate/inputs.ts';
import type { GatePolicy } from '../gate/policy.ts';
import { engineNames } from '../rebuild/settings.ts';
import { platformOf, recordOf, referenceOf, tagOf } from '../settings/domain-values.ts';
import { below, type FileNode, itemNodes, pairsOf, statedText, statedTexts } from '../settings/file-node.ts';
import { choiceOf, complain, parseBoolean, quoted, type Text } from '../settings/value.ts';
import { sourceRules } from '../source/settings.ts';
import { readTestKeys } from '../validate/config.ts';
import type { ImageConfigEntry } from './model.ts';
import { relativeOf } from './paths.ts';

const engineOf = choiceOf(['auto', ...engineNames] as const);
const sourceOf = choiceOf(sourceRules);
const thresholdOf = choiceOf(thresholds);

/** The entries of `images:`, each with a name or Dockerfile of its own. */
export function readImages(file: FileNode | undefined): readonly ImageConfigEntry[] {
  const seen = new Map<string, Text>();
  return itemNodes(below(file, 'images')).map((item) => {
    const named = statedText(below(item, 'name')) ?? statedText(below(item, 'dockerfile'));
    const earlier = named === undefined ? undefined : seen.get(named.text);
    if (named !== undefined && earlier !== undefined) {
      throw complain(named, `is ${quoted(named.text)} as at ${earlier.where}`, 'give each of the two its own name');
    }
    if (named !== undefined) seen.set(named.text, named);
    return readImage(item);
  });
}

function readImage(item: FileNode): ImageConfigEntry {
  const text = (key: string) => statedText(below(item, key));
  const path = (key: string) => mapText(text(key), relativeOf);
  const image = mapText(text('image'), referenceOf);
  const engine = engineOf(text('engine'));
  const gate = below(item, 'gate');
  const tests = below(item, 'tests');
  return {
    dockerfile: path('dockerfile') ?? 'Dockerfile',
    tags: statedTexts(below(item, 'tags')).map(tagOf),
    platforms: statedTexts(below(item, 'platforms')).map(platformOf),
    args: recordOf(pairsOf(below(item, 'build-args')), ({ text }) => text),
    ...defined('name', text('name')?.text),
    ...defined('context', path('context')),
    ...defined('target', text('target')?.text),
    ...defined('image', image),
    ...defined('engine', engine),
    ...defined('source', sourceOf(text('source'))),
    ...defined('tests', tests === undefined ? undefined : readTestKeys(tests)),
    ...defined('gate', gate === undefined ? undefined : readGate(gate)),
  };
}

// What an image's own gate says; everything else is as for all images. Its exceptions add to none of theirs.
function readGate(gate: FileNode): Partial<GatePolicy> {
  const threshold = thresholdOf(statedText(below(gate, 'severity-threshold')));
  const exceptions = below(gate, 'exceptions');
  return {
    ...readGateKeys(gate),
    ...defined('severityThreshold', threshold),
    ...defined('onlyFixable', mapText(statedText(below(gate, 'only-fixable')), parseBoolean)),
    ...defined('newOnly', mapText(statedText(below(gate, 'new-only')), parseBoolean)),
    ...defined('exceptions', exceptions === undefined ? undefined : readExceptions(exceptions)),
  };
}

function mapText<T>(value: Text | undefined, read: (value: Text) => T): T | undefined {
  return value === undefined ? undefined : read(value);
}

// exactOptionalPropertyTypes: an absent property is left out, never undefined.
function defined<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]: V });
}
