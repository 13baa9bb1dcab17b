import { posix } from 'node:path';
import type { Config } from '../config/model.ts';
import type { Deployable } from '../deploy/deployable.ts';
import { takenBy } from '../deploy/images.ts';
import type { TargetResult, WrittenBack } from '../deploy/result.ts';
import type { DeployTarget, GitSettings } from '../deploy/settings.ts';
import { attempt, describeFailure, FailureError, fail } from '../failure.ts';
import { familiar, formatReference, type Reference } from '../oci/reference.ts';
import { titleOf } from '../pull-request/body.ts';
import { branchPrefixes } from '../pull-request/plan-requests.ts';
import { propose } from '../pull-request/propose.ts';
import { forgeOf, isPrivateAddress, repositoryAddress } from '../pull-request/repository.ts';
import type { Exact } from '../sign/settings.ts';
import { type Clone, cloneMember } from '../source/clone.ts';
import { given } from '../table.ts';
import { exitFailure } from '../text/exit-words.ts';
import { gitIn } from '../tools/git.ts';
import { findUpdates } from '../update/find-updates.ts';
import { logPlan } from '../update/log-plan.ts';
import type { HeldUpdate, UpdateGroup, UpdatePlan } from '../update/update.ts';
import { writeChanges } from '../update/write.ts';
import type { Run } from './context.ts';
import { whyUnproven } from './promotion-evidence.ts';

/** Writes promoted images into a repository that is deployed: each reference that follows one of them is held at its digest. */
export async function writeBack(
  run: Run,
  target: DeployTarget,
  git: GitSettings,
  deployables: readonly Deployable[],
): Promise<TargetResult> {
  const wanted = takenBy(target, deployables);
  const images = wanted.map(({ image }) => image);
  const empty = { target: target.name, images, workloads: [], notes: [] };
  if (wanted.length === 0) return { ...empty, state: 'done', why: 'none of its images was promoted' };
  const place = await run.world.files.temporaryDirectory('base-image-refresh-deploy');
  const done = await attempt(target.name, () => inClone(run, { target, git, wanted, place })).finally(() =>
    run.world.files.remove(place),
  );
  if (done.kind === 'failed') {
    const failure = { ...done.failure, subject: `${target.name}: ${done.failure.subject}` };
    run.host.log('error', describeFailure(failure));
    return { ...empty, state: 'failed', failure };
  }
  const written = done.value;
  if (written === undefined) {
    const why = 'no file there names the promoted releases';
    run.host.log('warning', `${target.name}: ${why}`);
    return { ...empty, state: 'done', why };
  }
  const why = written.map(wordsOf).join('; ');
  run.host.log('info', `${target.name}: ${why || 'its files name the promoted digests already'}`);
  return { ...empty, state: 'done', written, ...(why === '' ? {} : { why }) };
}

function wordsOf({ group, branch, action, url }: WrittenBack): string {
  return `${group}: ${action} on ${branch}${url === undefined ? '' : `, ${url}`}`;
}

interface Writing {
  readonly target: DeployTarget;
  readonly git: GitSettings;
  readonly wanted: readonly Deployable[];
  readonly place: string;
}

/** What was written; undefined where no file there names what was promoted. */
async function inClone(run: Run, writing: Writing): Promise<readonly WrittenBack[] | undefined> {
  const { git, place, target } = writing;
  const { forge = {} } = run.config.deploy;
  const url = repositoryAddress(run.world.env, git.repository ?? forge.repository);
  if (forge.token !== undefined && !isPrivateAddress(url))
    throw fail('usage', url, 'is not reached by https, and a token is not sent in the clear', 'give its https address');
  const member = { url, name: target.name, ...(git.branch === undefined ? {} : { ref: git.branch }) };
  const clone = await cloneMember(run.world, member, { token: forge.token, place, isWhole: true });
  const branch = git.branch ?? (await defaultBranch(clone, url));
  await demandBranch(clone, url, branch);
  await demandInside(clone, git.path);
  const plan = await planIn(run, clone, writing);
  const { groups, held } = plan;
  const unchanged = plan.unchanged.filter(({ why }) => why !== 'off' && why !== 'untagged-pin');
  const lost = unchanged.find(({ why }) => why === 'not-promoted');
  if (lost !== undefined) throw notPromoted(lost.reference, writing);
  if (groups.length + unchanged.length + held.length === 0) return undefined;
  if (held[0] !== undefined) throw unwritable(held[0]);
  if (groups.length === 0) return [];
  if (git.by === 'commit') return commitAll(run, { ...writing, clone, branch, plan });
  const settings = { repository: url, base: branch, labels: [], ...forge };
  const proposals = await propose(forgeOf(run.world, { ...settings, repository: url }), plan.groups, {
    labels: [],
    folder: git.path,
    dryRun: run.config.dryRun,
    // What another target takes is none of this one's to close.
    mayClose: false,
    prefix: branchPrefixes.promoted,
    scope: { folder: git.path, files: [], include: [], exclude: [] },
  });
  for (const one of proposals) if (one.action === 'failed') throw new FailureError(one.failure);
  return proposals.map(({ branch: name, action, url: at }, index) => {
    const group = plan.groups[index]?.name ?? name;
    return { group, branch: name, action: `pull request ${action}`, ...given('url', at) };
  });
}

// A tag of that name is no branch, and a push would make one that nobody deploys.
async function demandBranch({ folder, world }: Clone, url: string, branch: string): Promise<void> {
  const git = gitIn(world, folder);
  if (await git.agrees(['rev-parse', '--verify', '--quiet', `refs/remotes/origin/${branch}`])) return;
  throw fail('usage', url, `has no branch ${branch}`, 'give a branch that it has');
}

// A link there may lead anywhere on this machine.
async function demandInside({ folder, world }: Clone, path: string): Promise<void> {
  const [top, there] = [await world.files.realpath(folder), posix.join(folder, path)];
  const found = await attempt(path, () => world.files.realpath(there));
  if (found.kind === 'done' && (found.value === top || found.value.startsWith(`${top}/`))) return;
  throw fail('usage', path, 'is no folder of that repository', 'change path of the target');
}

/** Throws where a target that is a repository cannot be written to, as far as that shows before anything is built. */
export function checkRepository({ world, config }: Pick<Run, 'world' | 'config'>, git: GitSettings): void {
  if (config.dryRun) return;
  const { forge = {} } = config.deploy;
  const repository = repositoryAddress(world.env, git.repository ?? forge.repository);
  if (git.by === 'pull-request') forgeOf(world, { labels: [], ...forge, repository });
}

function notPromoted({ digest: _, ...reference }: Reference, { wanted }: Writing): FailureError {
  const name = formatReference(reference);
  const releases = wanted.flatMap((one) => one.releases).filter((one) => formatReference(one.reference) === name);
  const made = releases.find(({ successor }) => successor !== undefined)?.successor;
  if (made !== undefined) {
    const fact = `stays what it was, and ${familiar(made)} was promoted in its place, which only you can write there`;
    return fail('deploy-failed', familiar(reference), fact, 'write the new tag there, or have update propose it');
  }
  const detail = 'does not name what was promoted any more, so it was not written';
  return fail('moved', familiar(reference), detail, 'run again');
}

// Half of it would look like all of it.
function unwritable({ reference, detail }: HeldUpdate): FailureError {
  return fail('deploy-failed', familiar(reference), `was not written: ${detail}`, 'write it there by hand');
}

async function defaultBranch({ folder, world }: Clone, url: string): Promise<string> {
  const head = await gitIn(world, folder).answer(['symbolic-ref', '--short', 'refs/remotes/origin/HEAD']);
  if (head !== undefined) return head.replace(/^origin\//, '');
  throw fail('usage', url, 'does not say which branch is its default', 'give branch');
}

/** What is to be edited; throws where something there could not be checked. */
async function planIn(run: Run, { folder }: Clone, { git, wanted, target }: Writing): Promise<UpdatePlan> {
  const config: Config = {
    ...run.config,
    root: git.path === '' ? folder : posix.join(folder, git.path),
    isElsewhere: true,
    references: true,
    ...{ files: [], include: [], exclude: [], images: [], imageInputs: {}, allowEmpty: true },
    update: { ...run.config.update, promoted: true, scanHeld: false },
  };
  const released = new Set(
    wanted.flatMap(({ releases }) => releases.map(({ reference }) => formatReference(reference))),
  );
  const plan = await findUpdates({
    ...run,
    config,
    whyUnproven: (image) => whyNotOfThese(run, wanted, image),
    isMeant: ({ digest: _, ...tag }) => released.has(formatReference(tag)),
  });
  logPlan({ ...run.host, log: (level, line) => run.host.log(level, `${target.name}: ${line}`) }, plan, true);
  const [failure] = plan.failures;
  if (failure !== undefined) throw new FailureError(failure);
  return plan;
}

// What earlier runs promoted is not what this target was given.
async function whyNotOfThese(
  run: Run,
  wanted: readonly Deployable[],
  { digest, ...tag }: Exact,
): Promise<string | undefined> {
  const isOfThese = wanted.some((one) => one.digest === digest);
  return isOfThese
    ? whyUnproven(run, digest, [{ reference: formatReference(tag) }])
    : 'it was not promoted by this run';
}

interface Committing extends Writing {
  readonly clone: Clone;
  readonly branch: string;
  readonly plan: UpdatePlan;
}

/** One commit for each group, pushed together: all of it is there, or none. */
async function commitAll(run: Run, committing: Committing): Promise<readonly WrittenBack[]> {
  const { clone, branch, git } = committing;
  const root = posix.join(clone.folder, git.path);
  const made: WrittenBack[] = [];
  let [plan, at] = [committing.plan, 0];
  // Groups may edit one file: what is left is found anew after each commit.
  for (let group = plan.groups[0]; group !== undefined; group = plan.groups[0]) {
    const action = run.config.dryRun ? 'would be committed' : `commit ${await commit(clone, root, group)}`;
    made.push({ group: group.name, branch, action });
    at += 1;
    if (run.config.dryRun) {
      return committing.plan.groups.map(({ name }) => ({ group: name, branch, action }));
    }
    if (at >= committing.plan.groups.length) break;
    plan = await planIn(run, clone, committing);
  }
  await demand(clone, ['push', '--quiet', 'origin', `HEAD:refs/heads/${branch}`], 'run again');
  return made;
}

async function commit(clone: Clone, root: string, group: UpdateGroup): Promise<string> {
  const { failures, paths } = await writeChanges(clone.world, root, group.files);
  const [failure] = failures;
  if (failure !== undefined) throw new FailureError(failure);
  await demand(clone, ['add', '--', ...paths.map((path) => posix.join(root, path))]);
  const message = titleOf(group);
  const author = ['-c', 'user.name=Base Image Refresh', '-c', 'user.email=base-image-refresh@users.noreply'];
  await demand(clone, [...author, 'commit', '--quiet', '--no-verify', '-m', message]);
  const made = await gitIn(clone.world, clone.folder).answer(['rev-parse', 'HEAD']);
  return (made ?? '').slice(0, 12);
}

const patience = 10 * 60_000;

async function demand({ folder, world }: Clone, args: readonly string[], remedy?: string): Promise<void> {
  const exit = await gitIn(world, folder).run(args, { timeout: patience });
  if (exit.kind === 'exited' && exit.code === 0) return;
  const step = `git ${args.find((one) => /^(?:add|commit|push)$/.test(one)) ?? ''}`;
  const { failure } = exitFailure(exit, {
    code: 'deploy-failed',
    subject: 'its repository',
    step,
    install: 'install git',
  });
  throw new FailureError(remedy === undefined ? failure : { ...failure, remedy, retryable: true });
}
