import { join } from 'node:path';
import type { Config } from '../config/model.ts';
import { describeFailure, fail, isUsageFailure } from '../failure.ts';
import { formatReference } from '../oci/reference.ts';
import type { Conclusion, Host, World } from '../ports.ts';
import type { Automerge } from '../pull-request/automerge.ts';
import type { Forge } from '../pull-request/forge.ts';
import { type BranchPrefix, branchPrefixes } from '../pull-request/plan-requests.ts';
import { type Proposal, propose } from '../pull-request/propose.ts';
import { forgeOf } from '../pull-request/repository.ts';
import { createRun, type Run } from '../refresh/context.ts';
import { whyUnproven } from '../refresh/promotion-evidence.ts';
import { inputLabel } from '../settings/input.ts';
import type { Exact } from '../sign/settings.ts';
import { withoutEscapes } from '../untrusted.ts';
import { findUpdates } from '../update/find-updates.ts';
import { annotatePlan, logPlan } from '../update/log-plan.ts';
import { unifiedDiff } from '../update/unified-diff.ts';
import type { FileChange, UpdatePlan } from '../update/update.ts';
import { writeChanges } from '../update/write.ts';
import { updateDocument } from './update-document.ts';

/** `update`: newer tags and digest pins, as a diff or written to the files; what failed leaves the rest as it is. */
export async function updateCommand(config: Config, host: Host, world: World): Promise<Conclusion> {
  if (config.update.promoted && !config.references) throw promotedAlone(host);
  const run = createRun(config, host, world);
  // Before anything is asked of registries: what is missing here is missing whatever they answer.
  const forge = config.pullRequests === undefined ? undefined : forgeOf(world, config.pullRequests);
  const plan = await findUpdates({ ...run, whyUnproven: (image) => whyUnprovenImage(run, image) });
  const isWriting = config.update.write && !config.dryRun;
  const written = isWriting ? await writeChanges(world, config.root, plan.files) : { paths: [], failures: [] };
  const pullRequests = forge === undefined ? [] : await proposeUpdates(run, forge, plan);
  const failures = [
    ...plan.failures,
    ...written.failures,
    ...pullRequests.flatMap((one) => (one.action === 'failed' ? [one.failure] : [])),
  ];
  logPlan(host, plan, isWriting);
  annotatePlan(host, plan, config.placeInRepository ?? '');
  for (const failure of failures) host.log('error', describeFailure(failure));
  if (config.format === 'json')
    host.print(JSON.stringify(updateDocument({ ...plan, failures }, written.paths, pullRequests), null, 2));
  // On a terminal with colours a host leaves the codes of colours alone: those of a file are no colours of ours.
  else if (!isWriting && plan.files.length > 0) host.print(withoutEscapes(unifiedDiff(plan.files)).replace(/\n$/, ''));
  await keepDiff(config, host, world, isWriting ? [] : plan.files);
  if (failures.some(isUsageFailure)) return 'usage-error';
  return failures.length > 0 ? 'incomplete' : 'succeeded';
}

// A Dockerfile is built on what it names, and a base that was promoted moves with its rebuild.
function promotedAlone({ kind }: Host) {
  const [promoted, references] = [inputLabel(kind, 'promoted'), inputLabel(kind, 'references')];
  return fail('usage', promoted, 'is given without references', `add ${references}`);
}

// A tag that something else moved is not what a gate let through.
function whyUnprovenImage(run: Run, { digest, ...tag }: Exact): Promise<string | undefined> {
  return whyUnproven(run, digest, [{ reference: formatReference(tag) }]);
}

function prefixOf({ references, update }: Config): BranchPrefix {
  if (!references) return branchPrefixes.dockerfiles;
  return update.promoted ? branchPrefixes.promoted : branchPrefixes.references;
}

const mergeWords: Readonly<Record<Automerge, string>> = {
  asked: '; it is merged when its checks pass',
  draft: '; it is a draft and is not merged by itself',
};

async function proposeUpdates({ config, host }: Run, forge: Forge, plan: UpdatePlan): Promise<readonly Proposal[]> {
  const { pullRequests: settings, dryRun, placeInRepository: folder = '' } = config;
  const mayClose = plan.failures.length === 0;
  const proposals = await propose(forge, plan.groups, {
    labels: settings?.labels ?? [],
    folder,
    dryRun,
    mayClose,
    prefix: prefixOf(config),
    scope: { folder, files: config.files, include: [], exclude: [], ...settings?.narrowed },
    ...(settings?.automerge === undefined ? {} : { automerge: settings.automerge }),
  });
  const would = dryRun ? 'would be ' : '';
  for (const proposal of proposals) {
    if (proposal.action === 'failed') continue;
    const { branch, action, url, unlabelled, automerge, unmerged } = proposal;
    if (unlabelled !== undefined) host.log('warning', `it has no labels: ${describeFailure(unlabelled)}`);
    if (unmerged !== undefined) host.log('warning', describeFailure(unmerged));
    const merging = automerge === undefined ? '' : mergeWords[automerge];
    host.log('info', `${branch}: pull request ${would}${action}${url === undefined ? '' : `, ${url}`}${merging}`);
  }
  return proposals;
}

// Hosts leave out of what they print whatever steers a terminal or a log: a diff of CRLF files applies from here.
async function keepDiff(
  { outputDirectory }: Config,
  host: Host,
  world: World,
  files: readonly FileChange[],
): Promise<void> {
  const path = join(outputDirectory, 'update.patch');
  // One of an earlier run would say what is no longer so.
  if (files.length === 0) return world.files.remove(path);
  await world.files.write(path, unifiedDiff(files));
  await host.attach([{ path, mediaType: 'text/x-diff' }]);
}
