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

/** What findings that are one say apart for their platforms. */
export interface Parts {
  readonly add: (finding: Finding) => void;
  /** Absent where they say the same. */
  readonly all: () => Pick<Finding, 'parts'>;
}

/** The parts of a finding, to which those of others are added. */
export function createFindingParts(finding: Finding): Parts {
  const byWords = new Map<string, { readonly said: Omit<FindingPart, 'platforms'>; readonly platforms: Set<string> }>();
  const add = (one: Finding) => {
    for (const { platforms, ...said } of partsOf(one)) {
      const key = JSON.stringify([said.purl, said.within, said.namespace, said.fixState]);
      const known = byWords.get(key) ?? { said, platforms: new Set<string>() };
      byWords.set(key, known);
      for (const platform of platforms) known.platforms.add(platform);
    }
  };
  add(finding);
  const listed = () => [...byWords.values()].map(({ said, platforms }) => ({ ...said, platforms: [...platforms] }));
  return { add, all: () => (byWords.size < 2 ? {} : { parts: listed() }) };
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
