import * as v from 'valibot';
import { append } from '../../append.ts';
import type { Spend } from '../../bound.ts';
import { digestsOf, identityOfText } from './identity.ts';
import type { VexIdentity, VexStatement } from './statement.ts';

interface Branch {
  readonly product?: Product | undefined;
  readonly branches?: readonly Branch[] | undefined;
}

const hash = v.object({ algorithm: v.string(), value: v.string() });
const product = v.object({
  product_id: v.string(),
  name: v.optional(v.string(), ''),
  product_identification_helper: v.optional(
    v.object({
      cpe: v.optional(v.string()),
      purl: v.optional(v.string()),
      purls: v.optional(v.array(v.string()), []),
      hashes: v.optional(v.array(v.object({ file_hashes: v.optional(v.array(hash), []) })), []),
    }),
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
    product_groups: v.optional(v.array(v.object({ group_id: v.string(), product_ids: v.array(v.string()) })), []),
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
      product_status: v.optional(
        v.object({
          known_not_affected: ids,
          fixed: ids,
          first_fixed: ids,
          known_affected: ids,
          first_affected: ids,
          last_affected: ids,
          under_investigation: ids,
        }),
        {},
      ),
      flags: v.optional(v.array(v.object({ label: v.string(), product_ids: ids, group_ids: ids })), []),
      threats: v.optional(
        v.array(v.object({ category: v.string(), details: v.string(), product_ids: ids, group_ids: ids })),
        [],
      ),
    }),
  ),
});

type Csaf = v.InferOutput<typeof csafVex>;
type Vulnerability = Csaf['vulnerabilities'][number];

/** The statements of a CSAF VEX; `at` is when the document was made. */
export function readCsafVex(
  { product_tree: tree, vulnerabilities }: Csaf,
  at: number | undefined,
  source: string,
  spend: Spend,
): readonly VexStatement[] {
  const chains = chainsIn(tree);
  const groups = groupsOf(tree);
  return vulnerabilities.flatMap((found) => {
    const status = found.product_status;
    const names = [...new Set([...(found.cve === undefined ? [] : [found.cve]), ...found.ids.map(({ text }) => text)])];
    const reasons = reasonsIn(found, groups);
    const say = (products: readonly string[], word: string, isHarmless: (why: readonly string[]) => boolean) =>
      products.map((id): VexStatement => {
        const of = reasons(id);
        spend(names.length + of.length);
        const chain = chains(id) ?? [{ purls: [], digests: [], name: id }];
        return { names, chain, harmless: isHarmless(of), reason: [word, ...of].join(', '), at, source };
      });
    return [
      // Without a flag or an impact that says why it is not valid (CSAF 2.0, 4.5 and 6.1.27.9).
      ...say(status.known_not_affected, 'not affected', (why) => why.length > 0),
      ...say([...status.fixed, ...status.first_fixed], 'fixed', () => true),
      ...say(status.under_investigation, 'under investigation', () => false),
      ...say([...status.known_affected, ...status.first_affected, ...status.last_affected], 'affected', () => false),
    ];
  });
}

interface Reasoned {
  readonly reason: string;
  readonly product_ids: readonly string[];
  readonly group_ids: readonly string[];
}

type Groups = (product: string) => Iterable<string>;

function groupsOf({ product_groups: all }: Csaf['product_tree']): Groups {
  const byProduct = new Map<string, string[]>();
  for (const { group_id: group, product_ids: products } of all)
    for (const id of new Set(products)) append(byProduct, id, group);
  return (product) => new Set(byProduct.get(product));
}

function reasonsIn({ flags, threats }: Vulnerability, groups: Groups): (product: string) => readonly string[] {
  const ofFlags = lookup(
    flags.map(({ label, ...of }) => ({ reason: label, ...of })),
    groups,
  );
  const impacts = threats.filter(({ category }) => category === 'impact');
  const ofImpacts = lookup(
    impacts.map(({ details, ...of }) => ({ reason: details, ...of })),
    groups,
  );
  return (product) => [...ofFlags(product), ...ofImpacts(product)];
}

// What names neither a product nor a group is about all of them.
function lookup(all: readonly Reasoned[], groups: Groups): (product: string) => readonly string[] {
  const named = all.filter(({ reason }) => reason.trim() !== '');
  const ofAll = named.filter(({ product_ids: ids, group_ids: of }) => ids.length + of.length === 0);
  const byProduct = new Map<string, string[]>();
  const byGroup = new Map<string, string[]>();
  for (const { reason, product_ids: products, group_ids: of } of named) {
    for (const id of products) append(byProduct, id, reason);
    for (const id of of) append(byGroup, id, reason);
  }
  return (product) => [
    ...ofAll.map(({ reason }) => reason),
    ...(byProduct.get(product) ?? []),
    ...[...groups(product)].flatMap((group) => byGroup.get(group) ?? []),
  ];
}

/** Relationships by which one product stands in another (CSAF 2.0, 3.2.2.4). */
const standing: readonly string[] = ['default_component_of', 'installed_on', 'installed_with'];
const deepest = 10;

// A product of a relationship is one thing in another, which may be such a product itself.
function chainsIn(tree: Csaf['product_tree']): (id: string) => readonly VexIdentity[] | undefined {
  const products = new Map([...tree.full_product_names, ...flatten(tree.branches)].map((one) => [one.product_id, one]));
  const related = new Map(tree.relationships.map((one) => [one.full_product_name.product_id, one]));
  const chainOf = (id: string, depth: number): readonly VexIdentity[] | undefined => {
    const plain = products.get(id);
    if (plain !== undefined) return [identityOf(plain)];
    const relationship = related.get(id);
    if (relationship === undefined || depth > deepest || !standing.includes(relationship.category)) return undefined;
    const outer = chainOf(relationship.relates_to_product_reference, depth + 1);
    if (outer === undefined) return undefined;
    const whole = identityOf(relationship.full_product_name);
    const inner = whole.purls.length > 0 ? [whole] : chainOf(relationship.product_reference, depth + 1);
    return inner === undefined || outer.length + inner.length > deepest ? undefined : [...outer, ...inner];
  };
  return (id) => chainOf(id, 0);
}

function flatten(branches: readonly Branch[]): readonly Product[] {
  return branches.flatMap((entry) => [
    ...(entry.product === undefined ? [] : [entry.product]),
    ...flatten(entry.branches ?? []),
  ]);
}

function identityOf({ product_id: id, name, product_identification_helper: helper }: Product): VexIdentity {
  const hashes = (helper?.hashes ?? []).flatMap(({ file_hashes: all }) => all);
  return {
    ...identityOfText(name),
    purls: [...(helper?.purl === undefined ? [] : [helper.purl]), ...(helper?.purls ?? [])],
    digests: digestsOf(hashes.map(({ algorithm, value }) => [algorithm, value])),
    ...(helper?.cpe === undefined ? {} : { cpe: helper.cpe }),
    name: name || id,
  };
}
