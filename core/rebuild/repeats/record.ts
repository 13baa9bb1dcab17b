import { join } from 'node:path';
import * as v from 'valibot';
import { parsed } from '../../json.ts';
import { asDigest, type Digest } from '../../oci/digest.ts';
import type { World } from '../../ports.ts';
import type { BuildKey } from './key.ts';

/** What became of one build, over all runs that share an output folder. */
export interface BuildRecord {
  readonly key: BuildKey;
  readonly image: string;
  /** ISO 8601, UTC: when something was last learnt of it. */
  readonly at: string;
  /** How often it failed since it last succeeded. */
  readonly failures: number;
  readonly lastFailure?: string;
  /** What was promoted of it. */
  readonly promoted?: Digest;
  /** What that replaced under the first release tag: finding it there again shows that somebody put it back. */
  readonly previous?: Digest;
}

/** File of the output folder that records the results of builds. */
export const recordName = 'builds.json';
const mostRecords = 500;

const digest = v.custom<Digest>((input) => typeof input === 'string' && asDigest(input) !== undefined, 'no digest');
const schema = v.looseObject({
  schemaVersion: v.literal(1),
  builds: v.array(
    v.object({
      key: v.string(),
      image: v.string(),
      at: v.string(),
      failures: v.pipe(v.number(), v.integer(), v.minValue(0)),
      lastFailure: v.exactOptional(v.string()),
      promoted: v.exactOptional(digest),
      previous: v.exactOptional(digest),
    }),
  ),
});

/** The builds that an output folder tells of; a file that is cut off or none of ours tells of none. */
export function buildsIn(text: string): readonly BuildRecord[] {
  const read = v.safeParse(schema, parsed(text));
  return read.success ? read.output.builds : [];
}

/** Saves what was learnt of a build in place of what was known of it; the oldest of too many are forgotten. */
export async function saveBuild(
  world: Pick<World, 'files'>,
  folder: string,
  record: BuildRecord,
  known: readonly BuildRecord[],
): Promise<void> {
  const others = known.filter(({ key }) => key !== record.key);
  const builds = [record, ...others].toSorted((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0)).slice(0, mostRecords);
  const text = `${JSON.stringify({ schemaVersion: 1, builds }, null, 2)}\n`;
  await world.files.write(join(folder, recordName), text);
}
