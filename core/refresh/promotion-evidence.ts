import type { Digest } from '../oci/digest.ts';
import {
  familiar,
  formatReference,
  parseReference,
  type Reference,
  type Repository,
  sameRepository,
  withDigest,
} from '../oci/reference.ts';
import type { PromotionRecord } from '../promote/record.ts';
import {
  type RegistryRecord,
  readRegistryRecord,
  readUndone,
  writeRegistryRecord,
  writeRollbackRecord,
} from '../promote/registry-record.ts';
import type { Rollback } from '../promote/rollback.ts';
import type { Promotion } from '../promote.ts';
import { ruleFor } from '../sign/rules.ts';
import type { Exact } from '../sign/settings.ts';
import { signerDefinitions } from '../sign/signers.ts';
import { verifySignature } from '../sign/verifier.ts';
import { given } from '../table.ts';
import type { Run } from './context.ts';
import type { Gated } from './image-result.ts';
import { signingContext } from './sign-stage.ts';

/** What a record says of how an image was made. */
export type Making = Pick<RegistryRecord, 'key' | 'built' | 'buildFile' | 'policy'>;

/** Writes beside the image, wherever it is released, that it is about to be promoted; signed where images are. */
export async function recordPromotion(run: Run, gated: Gated, promotion: Promotion, making: Making): Promise<void> {
  const { image, scan, verdict, built } = gated;
  const { world } = run;
  // Only what the gate let through comes here; a record says so because it is what later runs go by.
  if (verdict.kind !== 'pass' || scan.after.kind !== 'scanned') return;
  const record: RegistryRecord = {
    at: world.now().toISOString(),
    image: image.build.name,
    digest: promotion.digest,
    gate: { verdict: 'pass', scanner: `${scan.after.scanner.name} ${scan.after.scanner.version}` },
    tags: promotion.tags.map(({ reference, previous }) => ({
      reference: formatReference(reference),
      ...(previous === undefined ? {} : { previous }),
    })),
    ...given('recipe', run.leg?.recipes.get(image.build.name)),
    ...making,
    // What was found took no time, and says nothing of how long the next build takes.
    ...(built.durationMs === 0 ? {} : { seconds: Math.round(built.durationMs / 100) / 10 }),
  };
  for (const repository of repositoriesOf(promotion.tags.map(({ reference }) => reference))) {
    await writeSigned(run, repository, record);
  }
}

async function writeSigned(run: Run, repository: Repository, record: RegistryRecord): Promise<void> {
  const manifest = await run.registry.manifest(withDigest(repository, record.digest));
  const { place } = await writeRegistryRecord(run.registry, repository, manifest, record);
  await signRecord(run, place);
}

async function signRecord(run: Run, place: Exact): Promise<void> {
  const { registry, config } = run;
  if (config.sign === undefined) return;
  await signerDefinitions[config.sign.tool].sign({ ...signingContext(run), registry }, config.sign, place, []);
}

/** Writes down which promotion was undone, so that a rollback that is run again does not go back one further. */
export async function recordRollback(run: Run, { undoing, moves }: Rollback): Promise<void> {
  const at = run.world.now().toISOString();
  const images = moves.map(({ reference, to }) => ({ ...reference, digest: to.descriptor.digest }));
  for (const { registry, repository, digest } of distinct(images)) {
    const place = { registry, repository };
    const own = images.filter((image) => image.digest === digest && sameRepository(image, place));
    const tags = own.map(({ digest: _, ...tag }) => formatReference(tag));
    await signRecord(run, await writeRollbackRecord(run.registry, place, { at, digest, from: undoing.digest, tags }));
  }
}

function distinct(images: readonly Exact[]): readonly Exact[] {
  const isSame = (a: Exact, b: Exact) => a.digest === b.digest && sameRepository(a, b);
  return images.filter((image, at) => images.findIndex((other) => isSame(other, image)) === at);
}

/** The rollback that last went back to a digest, where it is believed; a warning says why one is not. */
export async function findRollback(
  run: Run,
  place: Repository,
  restored: Digest,
): Promise<PromotionRecord | undefined> {
  const stored = await readUndone(run.registry, place, restored);
  if (stored === undefined) return undefined;
  const rule = ruleFor(run.config.trustAttested, place);
  if (rule === undefined) return stored.record;
  if ((await verifySignature(signingContext(run), rule.signer, stored.place)) === 'signed') return stored.record;
  const name = familiar(place);
  const detail = `the record of a rollback to ${restored} is not signed by a signer that verify-attestations ${rule.match} trusts`;
  run.host.log('warning', `${name}: ${detail}, so that this goes by the promotion before it.`);
  return undefined;
}

/** What the registry says of the promotion of a digest: a record that is believed, or why there is none. */
export type PromotionEvidence =
  | { readonly kind: 'promoted'; readonly record: RegistryRecord }
  | { readonly kind: 'unproven'; readonly why: string };

/** Looks for the record that a digest was promoted by a run whose gate it passed; throws where that could not be found out. */
export async function findPromotion(
  run: Run,
  { registry: host, repository, digest }: Exact,
): Promise<PromotionEvidence> {
  const place = { registry: host, repository };
  const stored = await readRegistryRecord(run.registry, place, digest);
  const name = familiar(place);
  if (stored === undefined) {
    return { kind: 'unproven', why: `no record in ${name} says that ${digest} passed a gate and was promoted` };
  }
  const rule = ruleFor(run.config.trustAttested, place);
  if (rule === undefined) return { kind: 'promoted', record: stored.record };
  const answer = await verifySignature(signingContext(run), rule.signer, stored.place);
  if (answer === 'signed') return { kind: 'promoted', record: stored.record };
  const why = `the record of the promotion of ${digest} in ${name} is not signed by a signer that verify-attestations ${rule.match} trusts`;
  return { kind: 'unproven', why };
}

/** Why the registry does not bear out that a digest was promoted to all of these tags; undefined where it does. */
export async function whyUnproven(
  run: Run,
  digest: Digest,
  tags: readonly { readonly reference: string }[],
): Promise<string | undefined> {
  const references = tags.map(({ reference }) => parseReference(reference));
  for (const place of repositoriesOf(references)) {
    const found = await findPromotion(run, { ...place, digest });
    if (found.kind === 'unproven') return found.why;
    const recorded = new Set(found.record.tags.map(({ reference }) => reference));
    const other = references.find((tag) => sameRepository(tag, place) && !recorded.has(formatReference(tag)));
    if (other !== undefined) return `the record of the promotion of ${digest} does not name ${familiar(other)}`;
  }
  return undefined;
}

function repositoriesOf(references: readonly Reference[]): readonly Repository[] {
  return references
    .map(({ registry, repository }) => ({ registry, repository }))
    .filter((place, at, all) => all.findIndex((other) => sameRepository(other, place)) === at);
}
