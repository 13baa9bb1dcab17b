import type { Discovery } from '../../discover/discover.ts';
import type { Finding } from '../check.ts';
import type { Check } from '../examination.ts';
import { baseFindings, dockerfileFindings, noticeFindings, releaseFindings } from './findings.ts';

/** Checks of what the repository builds. */
export const repositoryChecks: readonly Check[] = [
  check('dockerfiles', dockerfileFindings),
  check('statements', noticeFindings),
  check('base-images', ({ builds }) => baseFindings(builds)),
  check('published-place', ({ builds }) => releaseFindings(builds)),
];

function check(id: string, judge: (discovery: Discovery) => readonly Finding[]): Check {
  return { id, group: 'repository', examine: async ({ discovery }) => judge(await discovery()) };
}
