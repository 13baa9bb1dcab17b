import type { subjectInputs } from '../discover/inputs.ts';
import { fail } from '../failure.ts';
import type { Host } from '../ports.ts';
import { inputLabel } from '../settings/input.ts';
import type { Settings } from '../settings/settings.ts';
import type { pullRequestInputs } from './inputs.ts';
import type { RequestSettings } from './settings.ts';

/** Whether and where updates are proposed. */
export function readPullRequests(
  host: Host,
  settings: Settings<typeof pullRequestInputs>,
  subject: Pick<Settings<typeof subjectInputs>, 'given' | 'texts'>,
): { readonly pullRequests?: RequestSettings } {
  if (!settings.boolean('pull-request')) {
    if (settings.boolean('automerge')) throw automergeAlone(host);
    return {};
  }
  const [repository, base] = [settings.text('repository'), settings.text('base-branch')];
  const token = settings.text('repository-token');
  if (token !== undefined) host.secret(token.text);
  const given = (name: 'include' | 'exclude') =>
    subject.given(name) === undefined ? [] : subject.texts(name).map(({ text }) => text);
  return {
    pullRequests: {
      narrowed: { include: given('include'), exclude: given('exclude') },
      labels: settings.texts('pull-request-labels').map(({ text }) => text),
      ...(repository === undefined ? {} : { repository: repository.text }),
      ...(token === undefined ? {} : { token: token.text }),
      ...(base === undefined ? {} : { base: base.text }),
      ...(settings.boolean('automerge') ? { automerge: settings.choice('merge-method') } : {}),
    },
  };
}

function automergeAlone({ kind }: Host) {
  const [automerge, pullRequest] = [inputLabel(kind, 'automerge'), inputLabel(kind, 'pull-request')];
  return fail('usage', automerge, `is given without ${pullRequest}`, `add ${pullRequest}`);
}
