import type { Config } from '../../config/model.ts';
import { groundWords } from '../../config/read-event.ts';
import { type DoctorFinding, note, warning } from '../check.ts';

type Authority = Pick<Config, 'permissions' | 'policyGround' | 'pullRequest'>;

/** What the run lets the repository name, and what holds because it is of a pull request. */
export function authorityFindings({
  permissions = [],
  policyGround,
  pullRequest,
}: Authority): readonly DoctorFinding[] {
  const allowed = permissions.map(({ name, value }) =>
    note('allow', `files of the repository may name ${value === undefined ? `any ${name}` : `${name} ${value}`}`),
  );
  if (pullRequest === undefined) return allowed;
  const subject = `pull request (${pullRequest.said})`;
  const ground = groundWords(policyGround ?? { kind: 'checkout' });
  return [
    ...allowed,
    note(subject, ground),
    pullRequest.mayWrite
      ? warning(subject, 'the run may write to registries, clusters and branches', 'remove allow-pull-request')
      : note(subject, 'nothing is written to a registry, a cluster or a branch, and pushes are not tried'),
  ];
}
