import { fail } from '../failure.ts';
import { digestOf } from '../oci/digest.ts';
import type { Run } from '../refresh/context.ts';
import { inputLabel } from '../settings/input.ts';
import { decodeText } from '../text/decode.ts';
import { runRules } from './digests.ts';
import { parseRun, type RunFile, type RunLeg } from './run-file.ts';

/** The leg that this machine does, and the run that it is of. */
export interface OpenLeg {
  readonly file: RunFile;
  readonly leg: RunLeg;
}

/** As much as 100,000 images come to. */
const largestRun = 128 * 1024 * 1024;

/** Reads the run of a leg; throws `usage` where this machine has not what the plan saw: its file, commit, policy or settings. */
export async function openLeg(run: Run, given: NonNullable<Run['config']['fleet']['leg']>): Promise<OpenLeg> {
  const { world, config, host } = run;
  const label = (name: string) => inputLabel(host.kind, name);
  const bytes = await world.files.read(given.file, largestRun);
  const digest = digestOf(bytes);
  if (given.digest !== undefined && given.digest !== digest) {
    const fact = `has the digest ${digest}, and the plan wrote ${given.digest}`;
    throw fail('usage', given.file, fact, `give the run.json that belongs to ${label('run-digest')}`);
  }
  const file = parseRun(decodeText(bytes, given.file), given.file);
  const leg = file.legs.find(({ id }) => id === given.shard);
  if (leg === undefined) {
    const there =
      file.legs.length === 0 ? 'it has no legs' : `its legs are 1/${file.legs.length} to ${file.legs.at(-1)?.id}`;
    throw fail('usage', given.file, `has no leg ${given.shard}: ${there}`, `give another ${label('shard')}`);
  }
  const head = (await run.trees.checkout())?.head ?? null;
  demandSame(given.file, 'commit', file.commit, head, 'check out the commit that was planned');
  const rules = await runRules(world, config);
  demandSame(given.file, 'policy', file.policy.digest, rules.policy, 'give the leg the policy of the plan');
  demandSame(given.file, 'settings', file.settings.digest, rules.settings, 'give the leg the inputs of the plan');
  return { file, leg };
}

function demandSame(file: string, what: string, planned: string | null, here: string | null, remedy: string): void {
  if (planned === here) return;
  const [then, now] = [planned, here].map((one) => one ?? 'nothing');
  throw fail('usage', file, `was planned with another ${what}: ${then} there, ${now} here`, remedy);
}
