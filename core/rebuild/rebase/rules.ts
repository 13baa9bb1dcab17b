import { namesOf } from '../../table.ts';
import type { RebaseEvidence, Rule } from './evidence.ts';
import { boundByBuildpacks } from './rules/buildpacks.ts';
import { boundByForm } from './rules/forms.ts';
import { boundByHistory } from './rules/history.ts';
import { boundByIdentities } from './rules/identities.ts';
import { boundByPaths } from './rules/paths.ts';
import { boundByReferences } from './rules/references.ts';
import { boundByRuntimes } from './rules/runtimes.ts';

/** The groups of rules of docs/rebase.md. */
export type RuleName = 'forms' | 'history' | 'paths' | 'references' | 'identities' | 'runtimes' | 'buildpacks';

/** One thing that a proof does not show, and the group of rules that misses it. */
export interface Unmet {
  readonly rule: RuleName;
  readonly why: string;
}

/** All groups of rules, in the order in which their reasons are named. */
const rules: Readonly<Record<RuleName, Rule>> = {
  forms: boundByForm,
  paths: boundByPaths,
  history: boundByHistory,
  references: boundByReferences,
  identities: boundByIdentities,
  runtimes: boundByRuntimes,
  buildpacks: boundByBuildpacks,
};

/** Reasons of one group that are named: an image may miss it a thousand times. */
const mostNamed = 3;

/** Runs all rules; nothing is unmet where the image is proved equal to one that is built on the new base. */
export function unmetRules(evidence: RebaseEvidence): readonly Unmet[] {
  return namesOf(rules).flatMap((rule) => {
    const found: Unmet[] = [];
    for (const why of rules[rule](evidence)) {
      if (!found.some((other) => other.why === why)) found.push({ rule, why });
      if (found.length === mostNamed) break;
    }
    return found;
  });
}

/** Reasons in a sentence, each with its group of rules. */
export function describeUnmet(unmet: readonly Unmet[]): string {
  return unmet.map(({ rule, why }) => `${why} (${rule})`).join('; ');
}
