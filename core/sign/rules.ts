import picomatch from 'picomatch';
import type { Repository } from '../oci/reference.ts';
import type { TrustRule } from './settings.ts';

/** The rule that counts for a repository: the first whose pattern fits it. */
export function ruleFor(rules: readonly TrustRule[], { registry, repository }: Repository): TrustRule | undefined {
  return rules.find(({ match }) => picomatch.isMatch(`${registry}/${repository}`, match));
}

/** The rules that count for none of these: their patterns are mistaken, or stand behind a wider one. */
export function idleRules(rules: readonly TrustRule[], repositories: readonly Repository[]): readonly TrustRule[] {
  const used = new Set(repositories.map((repository) => ruleFor(rules, repository)));
  return rules.filter((rule) => !used.has(rule));
}
