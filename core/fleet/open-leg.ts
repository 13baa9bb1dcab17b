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

/** Reads the run of a leg; throws `usage` where that is not the file that the plan wrote, or has no such leg. */
export async function openLeg(run: Run, given: NonNullable<Run['config']['fleet']['leg']>): Promise<OpenLeg> {
  const { world, host } = run;
  const label = (name: string) => inputLabel(host.kind, name);
  const bytes = await world.files.read(given.file, largestRun);
  const digest = digestOf(bytes);
  if (given.digest !== undefined && given.digest !== digest) {
    const fact = `has the digest ${digest}, and the plan wrote ${given.digest}`;
    throw fail('usage', given.file, fact, `give the run.json that belongs to ${label('run-digest')}`);
  }
  const file = parseRun(decodeText(bytes, given.file), given.file);
  if (file.repositories !== undefined && given.digest === undefined) {
    const fact = 'is of a fleet and says what is cloned and built, so that it has to be the exact file of the plan';
    throw fail('usage', given.file, fact, `give ${label('run-digest')}, which is an output of plan`);
  }
  const leg = file.legs.find(({ id }) => id === given.shard);
  if (leg === undefined) {
    const there =
      file.legs.length === 0 ? 'it has no legs' : `its legs are 1/${file.legs.length} to ${file.legs.at(-1)?.id}`;
    throw fail('usage', given.file, `has no leg ${given.shard}: ${there}`, `give another ${label('shard')}`);
  }
  return { file, leg };
}

/** Holds what this machine has against what the plan saw: its commit, policy and settings; throws `usage` where one differs. */
export async function holdToPlan(run: Run, { file }: OpenLeg): Promise<void> {
  const subject = 'run.json';
  const head = (await run.trees.checkout())?.head ?? null;
  demandSame(subject, 'commit', file.commit, head, 'check out the commit that was planned');
  const rules = await runRules(run.world, run.config);
  demandSame(subject, 'policy', file.policy.digest, rules.policy, 'give the leg the policy of the plan');
  demandSame(subject, 'settings', file.settings.digest, rules.settings, 'give the leg the inputs of the plan');
}

function demandSame(file: string, what: string, planned: string | null, here: string | null, remedy: string): void {
  if (planned === here) return;
  const [then, now] = [planned, here].map((one) => one ?? 'nothing');
  throw fail('usage', file, `was planned with another ${what}: ${then} there, ${now} here`, remedy);
}
