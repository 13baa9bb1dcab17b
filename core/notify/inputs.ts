import type { CommandName } from '../settings/commands.ts';
import type { InputDefinition } from '../settings/input.ts';

const commands = [
  'check',
  'plan',
  'refresh',
  'scan',
  'rebase',
  'deploy',
  'report',
] as const satisfies readonly CommandName[];

/** Commands whose runs are notified of. */
export const notifying: readonly CommandName[] = commands;

/** Inputs that say who is notified of a run, and when. */
export const notifyInputs = [
  {
    name: 'notify-webhook',
    kind: 'secret',
    from: 'run',
    help: 'Address that a JSON document about the run is posted to.',
    commands,
  },
  {
    name: 'notify-slack',
    kind: 'secret',
    from: 'run',
    help: 'Incoming webhook of the Slack channel to post to.',
    commands,
  },
  {
    name: 'notify-teams',
    kind: 'secret',
    from: 'run',
    help: 'Webhook of a Teams workflow that posts an Adaptive Card about the run.',
    commands,
  },
  {
    name: 'issues',
    kind: 'boolean',
    default: 'false',
    from: 'run',
    help: 'Keep one issue on GitHub, or work item on Azure Boards, for each image that is held: opened once, kept up to date, closed when the image is well.',
    commands: ['refresh', 'report'],
  },
  {
    name: 'issue-type',
    kind: 'string',
    default: 'Task',
    placeholder: 'TYPE',
    from: 'run',
    help: 'Type of the work items on Azure Boards.',
    commands: ['refresh', 'report'],
  },
  {
    name: 'comment',
    kind: 'boolean',
    default: 'false',
    from: 'run',
    help: 'In a run of a pull request, keep one comment on it that says what the run found.',
    commands: ['check', 'plan', 'refresh', 'scan', 'report'],
  },
  {
    name: 'notify-heartbeat',
    kind: 'secret',
    from: 'run',
    help: 'Address of a dead-man switch that every run which was completed is posted to, so that a schedule which stops is noticed.',
    commands,
  },
  {
    name: 'otlp-endpoint',
    kind: 'string',
    placeholder: 'URL',
    from: 'run',
    help: 'OTLP endpoint that the metrics of the run are sent to, without /v1/metrics; by default the one of the variables of OpenTelemetry.',
    commands,
  },
  {
    name: 'otlp-headers',
    kind: 'secret',
    from: 'run',
    help: 'Headers for the OTLP endpoint, as NAME=VALUE between commas.',
    commands,
  },
  {
    name: 'notify-on',
    kind: { choice: ['change', 'failure', 'always'] },
    default: 'change',
    from: 'run',
    help: 'When to notify: on a change (something was promoted or deployed, or check found something stale) and on failure, on failure alone, or always.',
    commands,
  },
] as const satisfies readonly InputDefinition[];
