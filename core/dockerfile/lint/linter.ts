import { DockerfileRefusal } from '../refusal.ts';
import type { CheckOptions } from './check-options.ts';

/** The rules of BuildKit's linter that a Dockerfile alone can break (frontend/dockerfile/linter). */
export type LintRule =
  | 'ConsistentInstructionCasing'
  | 'DuplicateStageName'
  | 'ExposeInvalidFormat'
  | 'ExposeProtoCasing'
  | 'FromAsCasing'
  | 'FromPlatformFlagConstDisallowed'
  | 'InvalidDefaultArgInFrom'
  | 'InvalidDefinitionDescription'
  | 'JSONArgsRecommended'
  | 'LegacyKeyValueFormat'
  | 'MaintainerDeprecated'
  | 'MultipleInstructionsDisallowed'
  | 'NoEmptyContinuation'
  | 'RedundantTargetPlatform'
  | 'ReservedStageName'
  | 'SecretsUsedInArgOrEnv'
  | 'StageNameCasing'
  | 'UndefinedArgInFrom'
  | 'UndefinedVar'
  | 'WorkdirRelativePath';

const experimental: ReadonlySet<LintRule> = new Set(['InvalidDefinitionDescription']);

/** Gathers what the linter finds in a file whose violations are errors. */
export interface Linter {
  report(rule: LintRule, line: number): void;
  /** Throws Refusal where anything was found: what else BuildKit refuses comes before. */
  refuse(): void;
}

/** A linter for a file that asks for errors, undefined for any other: warnings decide nothing here. */
export function createLinter({ error, skip, experimental: asked }: CheckOptions): Linter | undefined {
  if (!error) return undefined;
  const lines = new Map<LintRule, number>();
  const isOff = (rule: LintRule) =>
    experimental.has(rule) ? asked !== 'all' && !asked.has(rule) : skip === 'all' || skip.has(rule);
  return {
    report: (rule, line) => {
      if (!isOff(rule)) lines.set(rule, Math.min(line, lines.get(rule) ?? line));
    },
    refuse: () => {
      if (lines.size === 0) return;
      const rules = [...lines.keys()].sort().join(', ');
      throw new DockerfileRefusal('lint', Math.min(...lines.values()), `lint violation found for rules: ${rules}`);
    },
  };
}
