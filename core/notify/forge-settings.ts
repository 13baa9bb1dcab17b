import { fail } from '../failure.ts';
import type { Host } from '../ports.ts';
import type { pullRequestInputs } from '../pull-request/inputs.ts';
import type { registryInputs } from '../registry/inputs.ts';
import { inputLabel } from '../settings/input.ts';
import type { Settings } from '../settings/settings.ts';
import type { notifyInputs } from './inputs.ts';

/** What a run writes to the host of its repository, and with what. */
export interface ForgeWork {
  /** Absent where no issues are kept. */
  readonly issues?: { readonly type: string };
  readonly comment: boolean;
  /** Address of the repository; that of the pipeline when absent. */
  readonly repository?: string;
  readonly token: string;
}

type Inputs = readonly [...typeof notifyInputs, ...typeof pullRequestInputs, ...typeof registryInputs];

/** Reads what is written to the host of the repository; throws `usage` where there is no token for it. */
export function readForgeWork(host: Host, settings: Settings<Inputs>): { readonly forgeWork?: ForgeWork } {
  const [issues, comment] = [settings.boolean('issues'), settings.boolean('comment')];
  if (!issues && !comment) return {};
  const repository = settings.text('repository');
  // The token of the job is for the repository of the job alone.
  const ofJob = host.kind === 'github' && repository === undefined ? settings.text('github-token') : undefined;
  const token = settings.text('repository-token') ?? ofJob;
  if (token === undefined) {
    const label = inputLabel(host.kind, 'repository-token');
    const asked = inputLabel(host.kind, issues ? 'issues' : 'comment');
    const remedy = host.kind === 'azure' ? `set ${label}: $(System.AccessToken)` : `give ${label}`;
    throw fail('usage', asked, `is given without ${label}`, remedy);
  }
  host.secret(token.text);
  const type = settings.text('issue-type')?.text ?? 'Task';
  return {
    forgeWork: {
      comment,
      token: token.text,
      ...(issues ? { issues: { type } } : {}),
      ...(repository === undefined ? {} : { repository: repository.text }),
    },
  };
}
