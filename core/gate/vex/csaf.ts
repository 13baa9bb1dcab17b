import * as v from 'valibot';
import { append } from '../../append.ts';
import type { Spend } from '../../bound.ts';
import type { VexStatement } from './statements.ts';

interface Branch {
  readonly product?: Product | undefined;
  readonly branches?: readonly Branch[] | undefined;
}

const product = v.object({
  product_id: v.string(),
  name: v.optional(v.string(), ''),
  product_identification_helper: v.optional(
    v.object({ purl: v.optional(v.string()), purls: v.optional(v.array(v.string()), []) }),
  ),
});
type Product = v.InferOutput<typeof product>;

const branch: v.GenericSchema<unknown, Branch> = v.object({
  product: v.optional(product),
  branches: v.optional(v.array(v.lazy(() => branch))),
});

const ids = v.optional(v.array(v.string()), []);

/** A CSAF 2.0 document of the VEX profile, as far as exceptions are made of it. */
export const csafVex = v.object({
  document: v.object({ category: v.literal('csaf_vex') }),
  product_tree: v.object({
    full_product_names: v.optional(v.array(product), []),
    branches: v.optional(v.array(branch), []),
    relationships: v.optional(
      v.array(
        v.object({
          category: v.string(),
          product_reference: v.string(),
          relates_to_product_reference: v.string(),
          full_product_name: product,
        }),
      ),
      [],
    ),
  }),
  vulnerabilities: v.array(
    v.object({
      cve: v.optional(v.string()),
      ids: v.optional(v.array(v.object({ text: v.string() })), []),
      product_status: v.object({
        known_not_affected: ids,
        fixed: ids,
        first_fixed: ids,
        known_affected: ids,
        under_investigation: ids,
      }),
      flags: v.optional(v.array(v.object({ label: v.string(), product_ids: ids })), []),
      threats: v.optional(v.array(v.object({ category: v.string(), details: v.string(), product_ids: ids })), []),
    }),
  ),
});

type Csaf = v.InferOutput<typeof csafVex>;
type Vulnerability = Csaf['vulnerabilities'][number];
type Where = Pick<VexStatement, 'product' | 'component' | 'name'>;

/** The statements of a CSAF VEX; a product that is named as harmless and as affected is affected. */
export function readCsafVex({ product_tree: tree, vulnerabilities }: Csaf, spend: Spend): readonly VexStatement[] {
  const places = placesIn(tree);
  return vulnerabilities.flatMap((found) => {
    const status = found.product_status;
    const names = [...new Set([...(found.cve === undefined ? [] : [found.cve]), ...found.ids.map(({ text }) => text)])];
    const reasons = reasonsIn(found);
    const say = (products: readonly string[], word: string, harmless: boolean) =>
      products.flatMap((id) => {
        const of = reasons(id);
        spend(names.length + of.length);
        const reason = [word, ...of].join(', ');
        const place = places.get(id) ?? { product: undefined, name: id };
        return names.map((name) => ({ ...place, id: name, harmless, reason }));
      });
    return [
      ...say(status.known_not_affected, 'not affected', true),
      ...say([...status.fixed, ...status.first_fixed], 'fixed', true),
      ...say(status.under_investigation, 'under investigation', false),
      ...say(status.known_affected, 'affected', false),
    ];
  });
}

interface Reasoned {
  readonly reason: string;
  readonly product_ids: readonly string[];
}

// Flags and threats that name no product are about all of them.
function reasonsIn({ flags, threats }: Vulnerability): (product: string) => readonly string[] {
  const ofFlags = lookup(flags.map(({ label, product_ids }) => ({ reason: label, product_ids })));
  const impacts = threats.filter(({ category }) => category === 'impact');
  const ofImpacts = lookup(impacts.map(({ details, product_ids }) => ({ reason: details, product_ids })));
  return (product) => [...ofFlags(product), ...ofImpacts(product)];
}

function lookup(all: readonly Reasoned[]): (product: string) => readonly string[] {
  const ofAll = all.flatMap(({ reason, product_ids: products }) => (products.length === 0 ? [reason] : []));
  const byProduct = new Map<string, string[]>();
  for (const { reason, product_ids: products } of all) for (const id of products) append(byProduct, id, reason);
  return (product) => [...ofAll, ...(byProduct.get(product) ?? [])];
}

function placesIn(tree: Csaf['product_tree']): ReadonlyMap<string, Where> {
  const products = [...tree.full_product_names, ...flatten(tree.branches)];
  const places = new Map<string, Where>(
    products.map((entry) => [entry.product_id, { product: purlOf(entry), name: entry.name || entry.product_id }]),
  );
  for (const relationship of tree.relationships) {
    const { full_product_name: whole, product_reference: part, relates_to_product_reference: container } = relationship;
    // Only the whole counts: a component that is harmless in one product may not be in another.
    const component = places.get(part)?.product;
    const place = { product: purlOf(whole) ?? places.get(container)?.product, name: whole.name || whole.product_id };
    places.set(whole.product_id, component === undefined ? { ...place, product: undefined } : { ...place, component });
  }
  return places;
}

function flatten(branches: readonly Branch[]): readonly Product[] {
  return branches.flatMap((entry) => [
    ...(entry.product === undefined ? [] : [entry.product]),
    ...flatten(entry.branches ?? []),
  ]);
}

function purlOf({ product_identification_helper: helper }: Product): string | undefined {
  return helper?.purl ?? helper?.purls[0];
}
