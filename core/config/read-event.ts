import type { extentInputs } from '../inputs/run.ts';
import type { Host, World } from '../ports.ts';
import type { CommandName } from '../settings/commands.ts';
import { inputLabel } from '../settings/input.ts';
import type { Settings } from '../settings/settings.ts';
import { shortened } from '../text/words.ts';
import { type PolicyGround, policyGround } from './base-branch.ts';
import { pullRequestBehind, pullRequestOf } from './event.ts';
import type { Config } from './model.ts';

/** What the event that a run is started by decides: whether it may write, and where policy is read. */
export async function readEvent(
  host: Host,
  world: World,
  root: string,
  command: CommandName,
  given: Settings<typeof extentInputs>,
): Promise<Required<Pick<Config, 'policyGround' | 'notices'>> & Pick<Config, 'pullRequest'>> {
  const request = pullRequestOf(world.env) ?? (await pullRequestBehind(world));
  const ground = await policyGround(world, root, request);
  if (request === undefined) return { policyGround: ground, notices: [] };
  const mayWrite = given.boolean('allow-pull-request');
  const label = inputLabel(host.kind, 'allow-pull-request');
  const writes = ['refresh', 'rebase', 'rollback', 'deploy', 'update', 'prune', 'init'].includes(command);
  const dry = `this run is of a pull request (${request.said}), so it is a dry run: nothing is written to a registry, a cluster or a branch; set ${label} to write all the same`;
  return {
    policyGround: ground,
    pullRequest: { ...request, mayWrite },
    notices: [...(writes && !mayWrite ? [dry] : []), ...(ground.kind === 'withheld' ? [groundWords(ground)] : [])],
  };
}

/** In one sentence, where policy is read in a pull request. */
export function groundWords(ground: PolicyGround): string {
  switch (ground.kind) {
    case 'checkout':
      return 'configuration and policy are read from the checkout';
    case 'base-branch':
      return `configuration and policy are read from ${ground.branch} (${shortened(ground.commit)}), not from the pull request`;
    case 'withheld':
      return 'the configuration of the pull request does not count, and its base branch is not here to read it from: only inputs count; fetch the base branch, such as with fetch-depth: 0';
  }
}
