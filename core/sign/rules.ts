import type { Repository } from '../oci/reference.ts';
import { anyGlob } from '../text/glob.ts';
import type { TrustKey, TrustRule } from './settings.ts';

/** The rule that counts for a repository: the first whose pattern fits it. */
export function ruleFor(rules: readonly TrustRule[], { registry, repository }: Repository): TrustRule | undefined {
  return rules.find(({ match }) => anyGlob([match])(`${registry}/${repository}`));
}

/** A warning for each rule below a key that counts for none of what it could count for: it applies to nothing. */
export function idleWarnings(
  key: TrustKey,
  rules: readonly TrustRule[],
  repositories: readonly Repository[],
): readonly string[] {
  const noun = key === 'verify-base' ? 'base' : 'image';
  const advice = 'check its pattern, and those before it';
  return idleRules(rules, repositories).map(
    ({ match }) => `${key} ${match}: counts for no ${noun} of this run; ${advice}`,
  );
}

/** The rules that count for none of these: their patterns are mistaken, or stand behind a wider one. */
export function idleRules(rules: readonly TrustRule[], repositories: readonly Repository[]): readonly TrustRule[] {
  const used = new Set(repositories.map((repository) => ruleFor(rules, repository)));
  return rules.filter((rule) => !used.has(rule));
}
