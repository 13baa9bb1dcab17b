import * as v from 'valibot';
import type { Spend } from '../../bound.ts';
import { digestsOf, identityOfText } from './identity.ts';
import type { VexIdentity, VexStatement } from './statement.ts';

const text = v.nullish(v.string());
const texts = v.nullish(v.record(v.string(), v.string()));

const component = v.union([v.string(), v.object({ '@id': text, identifiers: texts, hashes: texts })]);
const parts = v.nullish(v.array(component));
const product = v.union([
  v.string(),
  v.object({ '@id': text, identifiers: texts, hashes: texts, subcomponents: parts }),
]);

const statement = v.object({
  // A text until OpenVEX 0.0.2.
  vulnerability: v.union([v.string(), v.object({ '@id': text, name: text, aliases: v.nullish(v.array(v.string())) })]),
  timestamp: text,
  last_updated: text,
  products: v.nullish(v.array(product)),
  // Of the statement until OpenVEX 0.0.2.
  subcomponents: parts,
  status: text,
  justification: text,
  impact_statement: text,
  status_notes: text,
});

/** An OpenVEX document (openvex/spec, versions 0.0.1 to 0.2.0), as far as exceptions are made of it. */
export const openVex = v.object({
  '@context': v.pipe(v.string(), v.startsWith('https://openvex.dev/ns')),
  statements: v.array(statement),
});

type Statement = v.InferOutput<typeof statement>;
type Component = v.InferOutput<typeof component>;

/** The statements of an OpenVEX document; `at` is when the document was made. */
export function readOpenVex(
  document: v.InferOutput<typeof openVex>,
  at: number | undefined,
  source: string,
  spend: Spend,
): readonly VexStatement[] {
  return document.statements.flatMap((entry) => {
    const common = { ...saidIn(entry), at: timeOf(entry) ?? at, source };
    const products = entry.products ?? [];
    return products.flatMap((one) => {
      const inner = [
        ...((typeof one === 'string' ? undefined : one.subcomponents) ?? []),
        ...(entry.subcomponents ?? []),
      ];
      spend((inner.length || 1) * common.names.length);
      const whole = identityOf(one);
      if (inner.length === 0) return [{ ...common, chain: [whole] }];
      return inner.map((part) => ({ ...common, chain: [whole, identityOf(part)] }));
    });
  });
}

function saidIn({ vulnerability, status, justification, impact_statement: impact, status_notes: notes }: Statement) {
  const names =
    typeof vulnerability === 'string'
      ? [vulnerability]
      : [vulnerability.name ?? lastOf(vulnerability['@id'] ?? ''), ...(vulnerability.aliases ?? [])];
  // "not_affected" without saying why is not valid (OpenVEX, "Status Justifications").
  const harmless = status === 'fixed' || (status === 'not_affected' && Boolean(justification || impact));
  const reason = [status?.replace('_', ' '), justification, impact, notes].filter((part) => part).join(', ');
  return { names: names.filter((name) => name !== ''), harmless, reason };
}

// An identifier of a vulnerability is an IRI, such as https://nvd.nist.gov/vuln/detail/CVE-2024-3094, or its plain name.
function lastOf(id: string): string {
  return id.slice(id.lastIndexOf('/') + 1);
}

function timeOf({ last_updated: updated, timestamp }: Statement): number | undefined {
  const at = Date.parse(updated ?? timestamp ?? '');
  return Number.isNaN(at) ? undefined : at;
}

function identityOf(component: Component): VexIdentity {
  if (typeof component === 'string') return identityOfText(component);
  const { '@id': id, identifiers, hashes } = component;
  const plain = identityOfText(id ?? '');
  const cpe = identifiers?.cpe23 ?? identifiers?.cpe22;
  const digests = [...plain.digests, ...digestsOf(Object.entries(hashes ?? {}))];
  return {
    ...plain,
    name: id ?? identifiers?.purl ?? cpe ?? 'a product',
    purls: identifiers?.purl === undefined ? plain.purls : [identifiers.purl],
    digests,
    ...(cpe === undefined ? {} : { cpe }),
  };
}
