import type { InputDefinition } from './definition.ts';

const commands = ['update'] as const;

/** Inputs that say whether and where updates are proposed. */
export const pullRequestInputs: readonly InputDefinition[] = [
  {
    name: 'pull-request',
    kind: 'boolean',
    default: 'false',
    help: 'Whether one pull request for each group of updates is opened, kept up to date and closed when nothing is left of it.',
    commands,
  },
  {
    name: 'repository',
    kind: 'string',
    placeholder: 'URL',
    help: "Address of the repository on GitHub or Azure DevOps; without it, the pipeline's own.",
    commands,
  },
  {
    name: 'repository-token',
    kind: 'secret',
    help: 'Token that may push branches and open pull requests there.',
    commands,
  },
  {
    name: 'base-branch',
    kind: 'string',
    placeholder: 'BRANCH',
    help: "Branch that pull requests go to; without it, the repository's default.",
    commands,
  },
  {
    name: 'pull-request-labels',
    kind: 'list',
    commas: true,
    placeholder: 'LABEL',
    default: 'dependencies',
    help: 'Labels of new pull requests.',
    commands,
    config: 'update.labels',
  },
];
