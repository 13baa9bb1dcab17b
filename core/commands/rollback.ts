import type { Config } from '../config/model.ts';
import { describeFailure } from '../failure.ts';
import { familiar, formatReference, parseReference } from '../oci/reference.ts';
import type { Conclusion, Host, World } from '../ports.ts';
import { planRollback, type RestoredTag, type Rollback, rollBackTags } from '../promote/rollback.ts';
import { createRun } from '../refresh/context.ts';
import { readPromotions } from '../report/saved-promotions.ts';
import { inputLabel } from '../settings/input.ts';
import { shortened } from '../text/words.ts';

/** `rollback`: puts the release tags of an image back to what they named before its last promotion. */
export async function rollbackCommand(config: Config, host: Host, world: World): Promise<Conclusion> {
  const { registry } = createRun(config, host, world);
  const image = parseReference(config.operands[0] ?? '');
  const { records, refused } = await readPromotions(world, config.outputDirectory);
  for (const failure of refused) host.log('warning', describeFailure(failure));
  const { rollbackTag } = config.promotion;
  const rollback = await planRollback(registry, image, records, {
    ...(rollbackTag === undefined ? {} : { rollbackTag }),
    force: config.force,
    forceLabel: inputLabel(host.kind, 'force'),
  });
  if (!config.dryRun) await rollBackTags(registry, rollback);
  host.print(
    config.format === 'json' ? JSON.stringify(documentOf(rollback, config), null, 2) : wordsOf(rollback, config),
  );
  return 'succeeded';
}

function documentOf({ undoing, tags }: Rollback, { dryRun }: Config) {
  return {
    schemaVersion: 1,
    dryRun,
    by: undoing.by,
    promotion: { digest: undoing.digest, at: undoing.at === '' ? null : undoing.at },
    tags: tags.map(({ reference, state, from, to }) => ({
      reference: formatReference(reference),
      state,
      from: from ?? null,
      to: to ?? null,
    })),
  };
}

function wordsOf({ undoing, tags }: Rollback, { dryRun }: Config): string {
  const by = undoing.by === 'record' ? `promotion of ${undoing.at}` : 'promotion that the rollback tag tells of';
  const lead = `${dryRun ? 'Dry run. ' : ''}Undoing the ${by}, which put ${shortened(undoing.digest)} there.`;
  return [lead, ...tags.map((tag) => `  ${familiar(tag.reference)} ${stateWords(tag, dryRun)}`)].join('\n');
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
