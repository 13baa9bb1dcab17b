import { PackageURL } from 'packageurl-js';
import * as v from 'valibot';
import type { Spend } from '../../bound.ts';
import { parsePurl } from '../../scan/purl.ts';
import { digestsOf, identityOfText } from './identity.ts';
import type { VexIdentity, VexStatement } from './statement.ts';

interface Component {
  readonly 'bom-ref'?: string | null | undefined;
  readonly name?: string | null | undefined;
  readonly purl?: string | null | undefined;
  readonly cpe?: string | null | undefined;
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[] | null | undefined;
  readonly components?: readonly Component[] | null | undefined;
}

const text = v.nullish(v.string());

const component: v.GenericSchema<unknown, Component> = v.object({
  'bom-ref': text,
  name: text,
  purl: text,
  cpe: text,
  hashes: v.nullish(v.array(v.object({ alg: v.string(), content: v.string() }))),
  components: v.nullish(v.array(v.lazy(() => component))),
});

const affectedVersion = v.object({ version: text, status: text });
type AffectedVersion = v.InferOutput<typeof affectedVersion>;

/** A CycloneDX document whose vulnerabilities carry an analysis (CycloneDX, "Vulnerability Exploitability eXchange"). */
export const cycloneDxVex = v.object({
  bomFormat: v.literal('CycloneDX'),
  serialNumber: text,
  metadata: v.nullish(v.object({ component: v.nullish(component) })),
  components: v.nullish(v.array(component)),
  vulnerabilities: v.array(
    v.object({
      id: v.optional(v.string(), ''),
      references: v.nullish(v.array(v.object({ id: text }))),
      analysis: v.nullish(v.object({ state: text, justification: text, detail: text })),
      affects: v.nullish(v.array(v.object({ ref: v.string(), versions: v.nullish(v.array(affectedVersion)) }))),
    }),
  ),
});

type Vex = v.InferOutput<typeof cycloneDxVex>;

const harmlessStates: readonly string[] = ['not_affected', 'false_positive', 'resolved', 'resolved_with_pedigree'];

/** The statements of a CycloneDX VEX; `at` is when the document was made. */
export function readCycloneDxVex(
  document: Vex,
  at: number | undefined,
  source: string,
  spend: Spend,
): readonly VexStatement[] {
  const chains = chainsIn(document);
  const subject = subjectOf(document);
  return document.vulnerabilities.flatMap(({ id, references, analysis, affects }) => {
    const { state, justification, detail } = analysis ?? {};
    const reason = [state?.replaceAll('_', ' '), justification, detail].filter((part) => part).join(', ');
    const names = [id, ...(references ?? []).map((one) => one.id ?? '')].filter((name) => name !== '');
    const common = { names, harmless: harmlessStates.includes(state ?? ''), reason, at, source };
    return (affects ?? []).map(({ ref, versions }) => {
      spend(names.length);
      const chain = chainOf(ref, document, chains) ?? [...subject, foreign(ref, subject)];
      return { ...common, chain: common.harmless && versions?.length ? ofVersions(chain, versions) : chain };
    });
  });
}

// Of a product whose versions are listed, harm is denied of those alone that are called unaffected.
function ofVersions(chain: readonly VexIdentity[], versions: readonly AffectedVersion[]): readonly VexIdentity[] {
  const clear = versions.flatMap(({ version, status }) => (status === 'unaffected' && version ? [version] : []));
  return chain.map((identity, at) =>
    at < chain.length - 1
      ? identity
      : { purls: identity.purls.flatMap((purl) => bound(purl, clear)), digests: [], name: identity.name },
  );
}

function bound(text: string, versions: readonly string[]): readonly string[] {
  const purl = parsePurl(text);
  if (purl === undefined) return [];
  const { type, namespace, name, qualifiers, subpath } = purl;
  return versions
    .filter((version) => !purl.version || purl.version === version)
    .map((version) => new PackageURL(type, namespace, name, version, qualifiers, subpath).toString());
}

type Chains = ReadonlyMap<string, readonly VexIdentity[]>;
const deepest = 10;

// What the document describes holds its components, and each holds those below it, whether or not it is known anywhere.
function chainsIn(document: Vex): Chains {
  const chains = new Map<string, readonly VexIdentity[]>();
  const top = document.metadata?.component;
  const open: { readonly entry: Component; readonly outer: readonly VexIdentity[] }[] = [];
  if (top) open.push({ entry: top, outer: [] });
  for (const entry of document.components ?? []) open.push({ entry, outer: subjectOf(document) });
  // What is found on the way is looked at in turn.
  for (const { entry, outer } of open) {
    if (outer.length > deepest) continue;
    const chain = [...outer, identityOf(entry)];
    for (const name of [entry['bom-ref'], entry.purl]) if (name && !chains.has(name)) chains.set(name, chain);
    for (const inner of entry.components ?? []) open.push({ entry: inner, outer: chain });
  }
  return chains;
}

function subjectOf({ metadata }: Vex): readonly VexIdentity[] {
  return metadata?.component ? [identityOf(metadata.component)] : [];
}

function identityOf({ 'bom-ref': ref, name, purl, cpe, hashes }: Component): VexIdentity {
  return {
    ...identityOfText(name ?? ''),
    purls: purl ? [purl] : [],
    digests: digestsOf((hashes ?? []).map(({ alg, content }) => [alg, content])),
    ...(cpe ? { cpe } : {}),
    name: name || purl || ref || 'a component',
  };
}

// A BOM-Link names an element of a document, perhaps this one, behind its "#" (CycloneDX, "BOM-Link").
function chainOf(ref: string, { serialNumber }: Vex, chains: Chains): readonly VexIdentity[] | undefined {
  const own = `urn:cdx:${serialNumber?.replace(/^urn:uuid:/, '')}/`;
  const isOwn = serialNumber && ref.startsWith(own) && ref.includes('#');
  return chains.get(isOwn ? decoded(ref.slice(ref.indexOf('#') + 1)) : ref);
}

// Of another document nothing is known but that scanners name elements by package URL: it tells what is meant in this subject.
function foreign(ref: string, subject: readonly VexIdentity[]): VexIdentity {
  const isLink = ref.startsWith('urn:cdx:');
  const name = isLink ? decoded(ref.slice(ref.indexOf('#') + 1)) : ref;
  const isMeant = name.startsWith('pkg:') && (!isLink || subject.length > 0);
  return { purls: isMeant ? [name] : [], digests: [], name: ref };
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
