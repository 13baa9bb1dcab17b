import { createBound, type Spend } from '../../bound.ts';
import { fail } from '../../failure.ts';
import { parsePurl } from '../../scan/purl.ts';
import { below, type FileNode, itemNodes, statedText, statedTexts } from '../../settings/file-node.ts';
import { quoted } from '../../settings/value.ts';
import { parseYaml } from '../../settings/yaml.ts';
import { namesOf } from '../../table.ts';
import type { PolicyException } from '../policy.ts';
import { dayBefore } from './day.ts';
import type { ReadIgnores } from './ignores.ts';

const mostExceptions = 100_000;

// What an entry may say (aquasecurity/trivy, pkg/result/ignore.go).
const entryKeys = ['id', 'paths', 'purls', 'statement', 'expired_at'];
const lists = {
  vulnerabilities: {},
  misconfigurations: { kind: 'misconfiguration' },
  secrets: { kind: 'secret' },
  licenses: { kind: 'licence' },
} as const satisfies Readonly<Record<string, Pick<PolicyException, 'kind'>>>;

/** Reads Trivy's `.trivyignore.yaml`; an entry with a key that is not understood accepts nothing. */
export function readTrivyignoreYaml(text: string, file: string): ReadIgnores {
  const node = parseYaml(text, file);
  if (node === undefined) return { exceptions: [], skipped: [] };
  const root: FileNode = { file, key: '', node };
  if (node.kind !== 'mapping')
    throw fail('config', file, 'is not a mapping', 'write vulnerabilities: and a list below it');
  const spend = createBound(file, mostExceptions, 'paths with each package URL', 'split the entry');
  const read = namesOf(lists).flatMap((name) =>
    itemNodes(below(root, name)).map((item) => readEntry(item, file, spend, lists[name])),
  );
  const unknown = node.entries.filter(({ key }) => !Object.hasOwn(lists, key));
  return {
    exceptions: read.flatMap(({ exceptions }) => exceptions),
    skipped: [
      ...read.flatMap(({ skipped }) => skipped),
      ...unknown.map(
        ({ key, line }) => `${file}:${line}: ${key} is not understood, so what is below it accepts nothing`,
      ),
    ],
  };
}

function readEntry(item: FileNode, file: string, spend: Spend, of: Pick<PolicyException, 'kind'>): ReadIgnores {
  const id = statedText(below(item, 'id'));
  const source = `${file}:${item.node.line}`;
  if (id === undefined) throw fail('config', source, 'names no id', 'give each entry an id');
  const why = whyVoid(item);
  if (why !== undefined) return { exceptions: [], skipped: [`${source}: ${why}, so the entry accepts nothing`] };
  const end = statedText(below(item, 'expired_at'));
  const expires = end === undefined ? undefined : dayBefore(end.text);
  if (expires === 'unreadable') {
    return { exceptions: [], skipped: [`${source}: expired_at is not a date, so the entry accepts nothing`] };
  }
  const common: PolicyException = {
    id: id.text,
    reason: statedText(below(item, 'statement'))?.text ?? `listed in ${file}`,
    source,
    ...(expires === undefined ? {} : { expires }),
    ...of,
  };
  const paths = statedTexts(below(item, 'paths')).map(({ text }) => ({ path: text }));
  const purls = statedTexts(below(item, 'purls')).map(({ text }) => ({ purl: text }));
  spend(Math.max(1, paths.length) * Math.max(1, purls.length));
  // A path and a package URL must both fit, each by one of its list.
  const exceptions = orAny(paths).flatMap((path) => orAny(purls).map((purl) => ({ ...common, ...path, ...purl })));
  return { exceptions, skipped: [] };
}

// A criterion that is not read would let the entry accept more than it says.
function whyVoid(item: FileNode): string | undefined {
  if (item.node.kind !== 'mapping') return 'it is not a mapping';
  const strange = item.node.entries.map(({ key }) => key).filter((key) => !entryKeys.includes(key));
  if (strange.length > 0) return `${strange.join(', ')} is not understood`;
  const unread = ['paths', 'purls'].find((key) => {
    const at = below(item, key);
    if (at === undefined || at.node.kind === 'empty') return false;
    return at.node.kind !== 'list' || statedTexts(at).length !== at.node.items.length;
  });
  if (unread !== undefined) return `${unread} is not a list of texts`;
  const wrong = statedTexts(below(item, 'purls')).find(({ text }) => parsePurl(text) === undefined);
  return wrong === undefined ? undefined : `${quoted(wrong.text)} is not a package URL`;
}

function orAny<T extends object>(criteria: readonly T[]): readonly (T | Record<string, never>)[] {
  return criteria.length === 0 ? [{}] : criteria;
}
