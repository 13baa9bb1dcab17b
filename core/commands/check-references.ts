import type { Config } from '../config/model.ts';
import { findReferences } from '../discover/references/find-references.ts';
import type { LocatedReference } from '../discover/references/readers.ts';
import { describeFailure, isUsageFailure } from '../failure.ts';
import { formatReference } from '../oci/reference.ts';
import type { Conclusion, Host, World } from '../ports.ts';
import { createRun } from '../refresh/context.ts';
import { type CheckedReference, renderCheckedReferences } from '../report/reference-table.ts';
import { findUpdates } from '../update/find-updates.ts';
import type { UpdatePlan } from '../update/update.ts';
import { verdictOfReference } from '../update/verdict-of-reference.ts';
import { shownReference } from './detect-references.ts';

/** `check --references`: a verdict for each image that files other than Dockerfiles name; nothing is written. */
export async function checkReferences(config: Config, host: Host, world: World): Promise<Conclusion> {
  const { references, notices } = await findReferences(world, config);
  for (const notice of notices) host.log('warning', describeFailure(notice));
  const plan = await findUpdates(createRun(config, host, world));
  for (const failure of plan.failures) host.log('error', describeFailure(failure));
  const checked = references.map((located) => checkedReference(plan, located));
  const document = { schemaVersion: 1, references: checked, failures: plan.failures };
  host.print(
    config.format === 'json' ? JSON.stringify(document, null, 2) : renderCheckedReferences(checked, host.screen),
  );
  const stale = checked.filter(isStale);
  host.setOutput('stale', String(stale.length > 0));
  host.setOutput('stale-count', String(stale.length));
  if (plan.failures.some(isUsageFailure)) return 'usage-error';
  if (plan.failures.length > 0) return 'incomplete';
  return config.failOn === 'stale' && stale.length > 0 ? 'policy-failed' : 'succeeded';
}

function isStale({ verdict }: CheckedReference): boolean {
  return verdict === 'moved' || verdict === 'newer' || verdict === 'gone';
}

function checkedReference(plan: UpdatePlan, located: LocatedReference): CheckedReference {
  const shown = shownReference(located);
  const { content, isArtifact } = located;
  const unknown = { ...shown, verdict: 'unknown', to: null, pin: null } as const;
  if (content.kind === 'unknown') return unknown;
  if (isArtifact) return { ...unknown, failure: { detail: 'Flux takes it for an artifact, which may be no image' } };
  const { verdict, to, pin, detail } = verdictOfReference(plan, content.reference);
  const failure = detail === undefined ? null : { detail };
  return { ...shown, verdict, to: to === null ? null : formatReference(to), pin, failure };
}
