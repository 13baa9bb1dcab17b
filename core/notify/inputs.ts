import type { InputDefinition } from '../settings/input.ts';

const commands = ['check', 'plan', 'refresh', 'scan', 'rebase', 'deploy', 'report'] as const;

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
    name: 'notify-on',
    kind: { choice: ['change', 'failure', 'always'] },
    default: 'change',
    from: 'run',
    help: 'When to notify: on a change (something was promoted or deployed, or check found something stale) and on failure, on failure alone, or always.',
    commands,
  },
] as const satisfies readonly InputDefinition[];
