import type { InputDefinition } from '../settings/input.ts';
import { mergeMethods } from './automerge.ts';

const commands = ['update'] as const;
// Issues and comments are written there too, and promotions.
const writing = ['update', 'check', 'plan', 'refresh', 'scan', 'report', 'deploy'] as const;

/** Inputs that say whether and where updates are proposed. */
export const pullRequestInputs = [
  {
    name: 'pull-request',
    isFirst: true,
    kind: 'boolean',
    default: 'false',
    from: 'run',
    help: 'Open a pull request for each group of updates, keep it up to date, and close it when nothing is left of it.',
    commands,
  },
  {
    name: 'repository',
    kind: 'string',
    placeholder: 'URL',
    from: 'run',
    help: 'URL of the repository on GitHub or Azure DevOps; by default the one of the pipeline.',
    commands: writing,
  },
  {
    name: 'repository-token',
    kind: 'secret',
    from: 'run',
    help: 'Token that may push branches and open pull requests there, or write issues and comments; for these the token of the job on GitHub.',
    commands: writing,
  },
  {
    name: 'base-branch',
    kind: 'string',
    placeholder: 'BRANCH',
    from: 'run',
    help: 'Target branch of pull requests; by default the default branch of the repository.',
    commands,
  },
  {
    name: 'pull-request-labels',
    kind: 'list',
    commas: true,
    placeholder: 'LABEL',
    default: 'dependencies',
    from: 'repository',
    help: 'Labels of new pull requests.',
    commands,
    config: 'update.labels',
  },
  {
    name: 'automerge',
    kind: 'boolean',
    default: 'false',
    from: 'run',
    help: 'With pull-request: ask the host to merge each pull request when what its target branch requires has passed.',
    commands,
  },
  {
    name: 'merge-method',
    kind: { choice: mergeMethods },
    default: 'repository',
    from: 'run',
    help: 'How automerge merges: with a merge commit, squash, rebase, or as the repository allows.',
    commands,
  },
] as const satisfies readonly InputDefinition[];
