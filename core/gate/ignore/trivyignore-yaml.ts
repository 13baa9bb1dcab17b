import { createBound, type Spend } from '../../bound.ts';
import { fail } from '../../failure.ts';
import { below, type FileNode, itemNodes, statedText, statedTexts } from '../../settings/file-node.ts';
import { parseYaml } from '../../settings/yaml.ts';
import type { PolicyException } from '../policy.ts';
import { dayBefore } from './day.ts';
import type { ReadIgnores } from './ignores.ts';

const mostExceptions = 100_000;

/** Reads the vulnerabilities of Trivy's `.trivyignore.yaml`: id, paths, purls, statement, expired_at. */
export function readTrivyignoreYaml(text: string, file: string): ReadIgnores {
  const node = parseYaml(text, file);
  if (node === undefined) return { exceptions: [], skipped: [] };
  const root: FileNode = { file, key: '', node };
  if (node.kind !== 'mapping')
    throw fail('config', file, 'is not a mapping', 'write vulnerabilities: and a list below it');
  const spend = createBound(file, mostExceptions, 'paths with each package URL', 'split the entry');
  const read = itemNodes(below(root, 'vulnerabilities')).map((item) => readEntry(item, file, spend));
  return {
    exceptions: read.flatMap(({ exceptions }) => exceptions),
    skipped: read.flatMap(({ skipped }) => skipped),
  };
}

function readEntry(item: FileNode, file: string, spend: Spend): ReadIgnores {
  const id = statedText(below(item, 'id'));
  const source = `${file}:${item.node.line}`;
  if (id === undefined) throw fail('config', source, 'names no id', 'give each entry an id');
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
  };
  const paths = statedTexts(below(item, 'paths')).map(({ text }) => ({ path: text }));
  const purls = statedTexts(below(item, 'purls')).map(({ text }) => ({ purl: text }));
  spend(Math.max(1, paths.length) * Math.max(1, purls.length));
  // A path and a package URL must both fit, each by one of its list.
  const exceptions = orAny(paths).flatMap((path) => orAny(purls).map((purl) => ({ ...common, ...path, ...purl })));
  return { exceptions, skipped: [] };
}

function orAny<T extends object>(criteria: readonly T[]): readonly (T | Record<string, never>)[] {
  return criteria.length === 0 ? [{}] : criteria;
}
