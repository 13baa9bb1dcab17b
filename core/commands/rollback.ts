import type { Config } from '../config/model.ts';
import { attempt, describeFailure } from '../failure.ts';
import {
  familiar,
  formatReference,
  parseReference,
  type Reference,
  type Repository,
  sameRepository,
  withDigest,
} from '../oci/reference.ts';
import type { Conclusion, Host, World } from '../ports.ts';
import type { PromotionRecord } from '../promote/record.ts';
import { currentDigest } from '../promote/release.ts';
import { planRollback, type RestoredTag, type Rollback, rollBackTags } from '../promote/rollback.ts';
import { createRun, type Run } from '../refresh/context.ts';
import { findPromotion, findRollback, recordRollback } from '../refresh/promotion-evidence.ts';
import { readPromotions } from '../report/saved-promotions.ts';
import { inputLabel } from '../settings/input.ts';
import { shortened } from '../text/words.ts';

/** `rollback`: puts the release tags of an image back to what they named before its last promotion. */
export async function rollbackCommand(config: Config, host: Host, world: World): Promise<Conclusion> {
  const run = createRun(config, host, world);
  const { registry } = run;
  const image = parseReference(config.operands[0] ?? '');
  const { rollbackTag } = config.promotion;
  const rollback = await planRollback(registry, image, await recordsFor(run, image), {
    ...(rollbackTag === undefined ? {} : { rollbackTag }),
    whyUnproven: async (target) => {
      const found = await findPromotion(run, target);
      return found.kind === 'promoted' ? undefined : found.why;
    },
    force: config.force,
    forceLabel: inputLabel(host.kind, 'force'),
  });
  if (!config.dryRun) {
    await rollBackTags(registry, rollback);
    const recorded = await attempt('rollback', () => recordRollback(run, rollback));
    if (recorded.kind === 'failed') host.log('warning', `it is not recorded: ${describeFailure(recorded.failure)}`);
  }
  host.print(
    config.format === 'json' ? JSON.stringify(documentOf(rollback, config), null, 2) : wordsOf(rollback, config),
  );
  return 'succeeded';
}

// What stands beside the image is known on every machine; the output folder knows what this one did.
async function recordsFor(run: Run, image: Reference): Promise<readonly PromotionRecord[]> {
  const { world, config, host, registry } = run;
  const { records, refused } = await readPromotions(world, config.outputDirectory);
  for (const failure of refused) host.log('warning', describeFailure(failure));
  const { digest: _, ...tag } = image;
  const now = await currentDigest(registry, tag);
  if (now === undefined) return records;
  const found = await findPromotion(run, withDigest(tag, now));
  if (found.kind === 'unproven') host.log('debug', found.why);
  const undone = await findRollback(run, placeOf(tag), now);
  const promotedIn = async (place: Repository) => {
    const there = await findPromotion(run, { ...placeOf(place), digest: now });
    return there.kind === 'promoted' ? there.record : undefined;
  };
  return newestFirst([
    ...(undone === undefined ? [] : [await borneOut(tag, undone, (place) => findRollback(run, placeOf(place), now))]),
    ...(found.kind === 'promoted' ? [await borneOut(tag, found.record, promotedIn)] : []),
    ...records,
  ]);
}

// Who can write to one repository decides nothing of the tags of another, which has to have the same record.
async function borneOut(
  image: Reference,
  record: PromotionRecord,
  readIn: (place: Repository) => Promise<PromotionRecord | undefined>,
): Promise<PromotionRecord> {
  const tags: PromotionRecord['tags'][number][] = [];
  for (const tag of record.tags) {
    const parsed = await attempt(tag.reference, async () => parseReference(tag.reference));
    // What is no reference names no tag that could be moved.
    if (parsed.kind === 'failed') continue;
    const reference = parsed.value;
    const there = sameRepository(reference, image) ? record : await readIn(reference);
    if (there?.digest !== record.digest) continue;
    if (there.tags.some((one) => one.reference === tag.reference && one.previous === tag.previous)) tags.push(tag);
  }
  return { ...record, tags };
}

function placeOf({ registry, repository }: Repository): Repository {
  return { registry, repository };
}

function newestFirst(records: readonly PromotionRecord[]): readonly PromotionRecord[] {
  return records.toSorted((a, b) => Number(a.at < b.at) - Number(a.at > b.at));
}

function documentOf({ undoing, tags, unproven }: Rollback, { dryRun }: Config) {
  return {
    schemaVersion: 1,
    dryRun,
    by: undoing.by,
    ...(unproven.length === 0 ? {} : { unproven }),
    promotion: { digest: undoing.digest, at: undoing.at === '' ? null : undoing.at },
    tags: tags.map(({ reference, state, from, to }) => ({
      reference: formatReference(reference),
      state,
      from: from ?? null,
      to: to ?? null,
    })),
  };
}

const undone: Readonly<Record<Rollback['undoing']['by'], (at: string) => string>> = {
  record: (at) => `promotion of ${at}`,
  'rollback-tag': () => 'promotion that the rollback tag records',
  digest: () => 'promotion',
};

function wordsOf({ undoing, tags, unproven }: Rollback, { dryRun }: Config): string {
  const by = undone[undoing.by](undoing.at);
  const lead = `${dryRun ? 'Dry run: nothing was written. ' : ''}Undoing the ${by}, which put ${shortened(undoing.digest)} there.`;
  const forced = unproven.map((why) => `  Forced: ${why}.`);
  return [lead, ...tags.map((tag) => `  ${familiar(tag.reference)} ${stateWords(tag, dryRun)}`), ...forced].join('\n');
}

function stateWords({ state, from, to }: RestoredTag, dryRun: boolean): string {
  switch (state) {
    case 'restored':
      return `${dryRun ? 'would name' : 'names'} ${to} again, ${dryRun ? 'names' : 'named'} ${from ?? 'nothing'}`;
    case 'unchanged':
      return `names ${to} already`;
    case 'new':
      return 'did not exist before, and stays as it is';
  }
}
