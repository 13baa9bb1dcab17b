import * as v from 'valibot';
import type { VexStatement } from './statements.ts';

const component = v.object({
  'bom-ref': v.optional(v.string()),
  name: v.optional(v.string(), ''),
  purl: v.optional(v.string()),
});

/** A CycloneDX document whose vulnerabilities carry an analysis (CycloneDX, "Vulnerability Exploitability eXchange"). */
export const cycloneDxVex = v.object({
  bomFormat: v.literal('CycloneDX'),
  metadata: v.optional(v.object({ component: v.optional(component) }), {}),
  components: v.optional(v.array(component), []),
  vulnerabilities: v.array(
    v.object({
      id: v.string(),
      analysis: v.optional(
        v.object({
          state: v.optional(v.string(), ''),
          justification: v.optional(v.string()),
          detail: v.optional(v.string()),
        }),
      ),
      affects: v.optional(v.array(v.object({ ref: v.string() })), []),
    }),
  ),
});

type Vex = v.InferOutput<typeof cycloneDxVex>;

const harmlessStates: readonly string[] = ['not_affected', 'false_positive', 'resolved', 'resolved_with_pedigree'];

/** The statements of a CycloneDX VEX, in the document's order. */
export function readCycloneDxVex({ metadata, components, vulnerabilities }: Vex): readonly VexStatement[] {
  const image = metadata.component;
  const purls = new Map(components.map((entry) => [entry['bom-ref'] ?? entry.purl, entry.purl]));
  return vulnerabilities.flatMap(({ id, analysis, affects }) => {
    const { state = '', justification, detail } = analysis ?? {};
    const reason = [state.replaceAll('_', ' '), justification, detail].filter((part) => part).join(', ');
    const common = { id, harmless: harmlessStates.includes(state), reason };
    return affects.map(({ ref }) => {
      if (ref === image?.['bom-ref']) return { ...common, product: image.purl, name: image.name || ref };
      const purl = purls.get(ref) ?? ofBomLink(ref);
      const whole = image?.purl ?? purl;
      return { ...common, product: whole, name: ref, ...(whole === purl ? {} : { component: purl ?? ref }) };
    });
  });
}

// A BOM-Link names an element of another document behind its "#"; scanners use package URLs as such names.
function ofBomLink(ref: string): string | undefined {
  const name = ref.startsWith('urn:cdx:') ? decoded(ref.slice(ref.indexOf('#') + 1)) : ref;
  return name.startsWith('pkg:') ? name : undefined;
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
