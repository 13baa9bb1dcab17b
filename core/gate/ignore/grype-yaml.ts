import { fail } from '../../failure.ts';
import { below, type FileNode, itemNodes, statedText } from '../../settings/file-node.ts';
import { parseYaml } from '../../settings/yaml.ts';
import type { PolicyException } from '../policy.ts';
import type { ReadIgnores } from './ignores.ts';

// What Grype's rules may say (anchore/grype, grype/match/ignore.go) and can be held against a finding; any other
// criterion narrows a rule in a way that cannot be kept.
const ruleKeys = ['vulnerability', 'include-aliases', 'reason', 'namespace', 'fix-state', 'package'];
const packageKeys = ['name', 'version', 'location', 'type', 'language', 'upstream-name'];

/** Reads the `ignore` rules of Grype's `.grype.yaml`; a rule with a criterion that is not understood accepts nothing. */
export function readGrypeYaml(text: string, file: string): ReadIgnores {
  const node = parseYaml(text, file);
  if (node === undefined) return { exceptions: [], skipped: [] };
  if (node.kind !== 'mapping') throw fail('config', file, 'is not a mapping', 'write ignore: and a list below it');
  const read = itemNodes(below({ file, key: '', node }, 'ignore')).map((item) => readRule(item, file));
  return {
    exceptions: read.flatMap((rule) => (typeof rule === 'string' ? [] : [rule])),
    skipped: read.flatMap((rule) => (typeof rule === 'string' ? [rule] : [])),
  };
}

function readRule(item: FileNode, file: string): PolicyException | string {
  const source = `${file}:${item.node.line}`;
  const strange = [...unknownKeys(item, ruleKeys), ...unknownKeys(below(item, 'package'), packageKeys)];
  if (strange.length > 0) return `${source}: ${strange.join(', ')} is not understood, so the rule accepts nothing`;
  const text = (path: string) => statedText(below(item, path))?.text;
  const unread = [...ruleKeys, ...packageKeys.map((key) => `package.${key}`)].find((key) => isStructure(item, key));
  if (unread !== undefined) return `${source}: ${unread} is not understood, so the rule accepts nothing`;
  const name = text('package.name');
  if (name !== undefined && /[\\^$*+?()|[\]{}]/.test(name)) {
    return `${source}: package names with patterns are not understood, so the rule accepts nothing`;
  }
  return {
    id: text('vulnerability') ?? '*',
    reason: text('reason') ?? `listed in ${file}`,
    source,
    ...defined('package', name),
    ...defined('version', text('package.version')),
    ...defined('path', text('package.location')),
    ...defined('namespace', text('namespace')),
    ...defined('fixState', text('fix-state')),
    ...defined('packageType', text('package.type')),
    ...defined('language', text('package.language')),
    ...defined('upstream', text('package.upstream-name')),
  };
}

function unknownKeys(at: FileNode | undefined, known: readonly string[]): readonly string[] {
  if (at?.node.kind !== 'mapping') return [];
  return at.node.entries.map(({ key }) => key).filter((key) => !known.includes(key));
}

function isStructure(item: FileNode, key: string): boolean {
  const kind = below(item, key)?.node.kind;
  return key === 'package' ? kind === 'text' || kind === 'list' : kind === 'mapping' || kind === 'list';
}

type Criterion = 'package' | 'version' | 'path' | 'namespace' | 'fixState' | 'packageType' | 'language' | 'upstream';

function defined(key: Criterion, value: string | undefined): Partial<PolicyException> {
  return value === undefined ? {} : { [key]: value };
}
