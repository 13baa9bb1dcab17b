import type { Check } from '../examination.ts';
import { hostFindings } from './findings.ts';

/** Checks of what a CI host gives to its jobs. */
export const hostChecks: readonly Check[] = [
  {
    id: 'host',
    group: 'host',
    examine: async ({ config, world: { env } }) => {
      const { githubToken } = config.registry;
      return hostFindings({ env, hasToken: githubToken !== undefined, proposes: config.pullRequests !== undefined });
    },
  },
];
