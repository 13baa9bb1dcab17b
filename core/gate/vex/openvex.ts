import * as v from 'valibot';
import type { Spend } from '../../bound.ts';
import type { VexStatement } from './statements.ts';

const component = v.object({
  '@id': v.optional(v.string()),
  identifiers: v.optional(v.object({ purl: v.optional(v.string()) })),
});

const statement = v.object({
  // A text until OpenVEX 0.0.2.
  vulnerability: v.union([
    v.string(),
    v.object({ '@id': v.optional(v.string()), name: v.string(), aliases: v.optional(v.array(v.string()), []) }),
  ]),
  timestamp: v.optional(v.string()),
  products: v.optional(
    v.array(
      v.union([v.string(), v.object({ ...component.entries, subcomponents: v.optional(v.array(component), []) })]),
    ),
    [],
  ),
  status: v.picklist(['not_affected', 'affected', 'fixed', 'under_investigation']),
  justification: v.optional(v.string()),
  impact_statement: v.optional(v.string()),
  status_notes: v.optional(v.string()),
});

/** An OpenVEX document (openvex/spec), as far as exceptions are made of it. */
export const openVex = v.object({
  '@context': v.pipe(v.string(), v.startsWith('https://openvex.dev/ns')),
  timestamp: v.optional(v.string(), ''),
  statements: v.array(statement),
});

type Statement = v.InferOutput<typeof statement>;

/** The statements of an OpenVEX document, oldest first. */
export function readOpenVex(document: v.InferOutput<typeof openVex>, spend: Spend): readonly VexStatement[] {
  const at = (entry: Statement) => Date.parse(entry.timestamp ?? document.timestamp) || 0;
  return [...document.statements].sort((a, b) => at(a) - at(b)).flatMap((entry) => statementsOf(entry, spend));
}

function statementsOf(entry: Statement, spend: Spend): readonly VexStatement[] {
  const { vulnerability, status, justification, impact_statement: impact, status_notes: notes } = entry;
  const ids = typeof vulnerability === 'string' ? [vulnerability] : [vulnerability.name, ...vulnerability.aliases];
  // "not_affected" without saying why is not valid (OpenVEX, "Status Justifications").
  const harmless = status === 'fixed' || (status === 'not_affected' && (justification ?? impact) !== undefined);
  const reason = [status.replace('_', ' '), justification, impact, notes].filter((part) => part).join(', ');
  const products = productsOf(entry);
  spend(products.length * ids.length);
  return products.flatMap((product) => ids.map((id) => ({ id, harmless, reason, ...product })));
}

function productsOf({ products }: Statement): readonly Pick<VexStatement, 'product' | 'component' | 'name'>[] {
  return products.flatMap((product) => {
    if (typeof product === 'string') return [{ product, name: product }];
    const purl = product.identifiers?.purl ?? product['@id'];
    const whole = { product: purl, name: product['@id'] ?? purl ?? 'a product' };
    if (product.subcomponents.length === 0) return [whole];
    return product.subcomponents.map((part) => ({ ...whole, component: part.identifiers?.purl ?? part['@id'] ?? '' }));
  });
}
