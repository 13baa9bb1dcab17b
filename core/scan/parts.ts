import type { Finding, FindingPart } from './finding.ts';

/** What a finding says for each of its platforms where they differ, as findings of their own; itself alone where they do not. */
export function apartByPlatform(finding: Finding): readonly Finding[] {
  const { parts, ...whole } = finding;
  if (parts === undefined) return [finding];
  const { namespace: _namespace, fixState: _state, package: known, ...same } = whole;
  const { purl: _purl, within: _within, ...named } = known;
  return parts.map(({ purl, within, ...said }) => ({
    ...same,
    ...said,
    package: { ...named, ...(purl === undefined ? {} : { purl }), ...(within === undefined ? {} : { within }) },
  }));
}

/** The parts of two findings that are one on several platforms; absent where they say the same. */
export function joinParts(a: Finding, b: Finding): Pick<Finding, 'parts'> {
  const byWords = new Map<string, FindingPart>();
  for (const part of [...partsOf(a), ...partsOf(b)]) {
    const { platforms, ...said } = part;
    const key = JSON.stringify([said.purl, said.within, said.namespace, said.fixState]);
    const known = byWords.get(key)?.platforms ?? [];
    byWords.set(key, { ...said, platforms: [...new Set([...known, ...platforms])] });
  }
  return byWords.size < 2 ? {} : { parts: [...byWords.values()] };
}

function partsOf({
  parts,
  platforms,
  namespace,
  fixState,
  package: { purl, within },
}: Finding): readonly FindingPart[] {
  if (parts !== undefined) return parts;
  return [
    {
      platforms,
      ...(purl === undefined ? {} : { purl }),
      ...(within === undefined ? {} : { within }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(fixState === undefined ? {} : { fixState }),
    },
  ];
}
