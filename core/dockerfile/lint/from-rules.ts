import { FailureError } from '../../failure.ts';
import type { Platform } from '../../oci/platform.ts';
import { parseReference } from '../../oci/reference.ts';
import { type BuildArguments, expandIn, platformArguments, withGlobalArguments } from '../arguments.ts';
import type { ArgumentDefinition, StageCommand } from '../commands.ts';
import { DockerfileRefusal } from '../refusal.ts';
import type { Shell, Variables } from '../substitution.ts';
import type { Linter } from './linter.ts';
import { watchVariables } from './watch.ts';

/** What FROM lines are expanded with. */
export interface FromScope {
  readonly globals: Variables;
  /** All ARGs before the first FROM, with a value or not. */
  readonly declared: readonly ArgumentDefinition[];
  readonly args: BuildArguments;
  readonly platforms: { readonly build: Platform; readonly target: Platform };
  readonly shell: Shell;
}

/** A stage with the platform that its FROM line came to. */
export interface LintedStage {
  readonly from: StageCommand;
  readonly platform: Platform | null;
}

/** Applies the rules about FROM lines: what they are expanded with, and what is left of them without build arguments. */
export function lintFroms(linter: Linter, stages: readonly LintedStage[], scope: FromScope): void {
  for (const { from, platform } of stages) lintFromLine(linter, from, platform, scope);
  lintDefaults(linter, stages, scope);
}

function lintFromLine(linter: Linter, from: StageCommand, platform: Platform | null, scope: FromScope): void {
  const base = watchVariables(scope.globals);
  expandIn(from.base, base.variables, scope.shell);
  const flag = watchVariables(scope.globals);
  const text = expandIn(from.platform, flag.variables, scope.shell);
  const isDeclared = (name: string) => scope.declared.some((argument) => argument.name === name);
  const missing = [...base.missing, ...flag.missing].filter((name) => !isDeclared(name));
  if (missing.length > 0) linter.report('UndefinedArgInFrom', from.line);
  if (platform === null) return;
  const isPlain = flag.missing.size === 0;
  if (isPlain && flag.found.size === 1 && flag.found.has('TARGETPLATFORM')) {
    if (text === scope.globals.get('TARGETPLATFORM')) linter.report('RedundantTargetPlatform', from.line);
  }
  // A stage that is called after its platform is meant to be of that one.
  const isNamed = [platform.os, platform.architecture].some((word) => from.name?.includes(word));
  if (isPlain && flag.found.size === 0 && !isNamed) linter.report('FromPlatformFlagConstDisallowed', from.line);
}

// Up to what cannot be expanded at all, which is refused elsewhere.
function lintDefaults(linter: Linter, stages: readonly LintedStage[], scope: FromScope): void {
  const { platforms, args, declared, shell } = scope;
  try {
    const defaults = platformArguments(platforms, '', args);
    withGlobalArguments(defaults, declared, {}, shell);
    for (const { from } of stages) {
      const isOne = isReference(expandIn(from.base, defaults, shell));
      if (!isOne) linter.report('InvalidDefaultArgInFrom', from.line);
    }
  } catch (error) {
    if (!(error instanceof DockerfileRefusal)) throw error;
  }
}

function isReference(text: string): boolean {
  try {
    parseReference(text);
    return true;
  } catch (error) {
    if (error instanceof FailureError) return false;
    throw error;
  }
}
