import type { World } from '../../ports.ts';
import { listed } from '../../text/words.ts';
import { type DoctorFinding, note, ok, warning } from '../check.ts';
import type { DoctorCheck } from '../check-definition.ts';

/** What a job knows of the host that runs it. */
export interface CiHostFacts {
  readonly env: World['env'];
  /** Whether the job's token was given as an input. */
  readonly hasToken: boolean;
  /** Whether updates are to be proposed. */
  readonly proposes: boolean;
}

/** Whether the environment of a job is as its host makes it; nothing where there is no host. */
export function hostFindings(facts: CiHostFacts): readonly DoctorFinding[] {
  if (isSet(facts.env.GITHUB_ACTIONS)) return githubFindings(facts);
  return isSet(facts.env.TF_BUILD) ? azureFindings(facts) : [];
}

function githubFindings({ env, hasToken }: CiHostFacts): readonly DoctorFinding[] {
  const subject = 'GitHub Actions';
  const { GITHUB_REPOSITORY: repository = 'an unknown repository', GITHUB_EVENT_NAME: event = 'unknown' } = env;
  return [
    ok(subject, `the job is of ${repository}, started by ${event}`),
    ...missing(subject, env, ['GITHUB_REPOSITORY', 'GITHUB_WORKSPACE', 'RUNNER_TEMP', 'GITHUB_OUTPUT']),
    ...(hasToken || isSet(env.GITHUB_TOKEN)
      ? []
      : [
          note(
            subject,
            'no job token is available, so ghcr.io is accessed anonymously',
            'set github-token, or GITHUB_TOKEN in env',
          ),
        ]),
    ...(event === 'pull_request_target'
      ? [
          warning(
            subject,
            'pull_request_target gives runs that forks start access to the secrets of the repository',
            'use pull_request',
          ),
        ]
      : []),
  ];
}

function azureFindings({ env, proposes }: CiHostFacts): readonly DoctorFinding[] {
  const subject = 'Azure Pipelines';
  const { BUILD_REPOSITORY_NAME: repository = 'an unknown repository', BUILD_REASON: reason = 'unknown' } = env;
  return [
    ok(subject, `the job is of ${repository}, started by ${reason}`),
    ...missing(subject, env, ['BUILD_SOURCESDIRECTORY', 'AGENT_TEMPDIRECTORY']),
    ...(proposes && !isSet(env.SYSTEM_ACCESSTOKEN)
      ? [note(subject, 'SYSTEM_ACCESSTOKEN is not set, so pull requests need repositoryToken')]
      : []),
  ];
}

function missing(subject: string, env: World['env'], names: readonly string[]): readonly DoctorFinding[] {
  const absent = names.filter((name) => !isSet(env[name]));
  if (absent.length === 0) return [];
  const detail = `${listed(absent)} ${absent.length === 1 ? 'is' : 'are'} not set, though every job has ${absent.length === 1 ? 'it' : 'them'}`;
  return [warning(subject, detail, 'pass the environment of the job on, such as to its container')];
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}

/** Checks of what a CI host gives to its jobs. */
export const hostChecks: readonly DoctorCheck[] = [
  {
    id: 'host',
    group: 'host',
    examine: async ({ config, world: { env } }) => {
      const { githubToken } = config.registry;
      return hostFindings({ env, hasToken: githubToken !== undefined, proposes: config.pullRequests !== undefined });
    },
  },
];
