import { FailureError } from '../../failure.ts';
import type { Platform } from '../../oci/platform.ts';
import { parseReference } from '../../oci/reference.ts';
import type { ArgumentDefinition, StageCommand } from '../commands.ts';
import type { Variables } from '../expand.ts';
import { Refusal } from '../refusal.ts';
import type { Linter } from './linter.ts';
import { watch } from './watch.ts';

/** What FROM lines are expanded with. */
export interface FromScope {
  readonly globals: Variables;
  /** All ARGs before the first FROM, with a value or not. */
  readonly declared: readonly ArgumentDefinition[];
  expand(word: string, variables: Variables): string;
}

/** Applies the rules about the variables and the platform of a FROM line. */
export function lintFromLine(linter: Linter, from: StageCommand, platform: Platform | null, scope: FromScope): void {
  const base = watch(scope.globals);
  scope.expand(from.base, base.variables);
  const flag = watch(scope.globals);
  const text = from.platform === '' ? '' : scope.expand(from.platform, flag.variables);
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

/** Reports FROM lines that name no image without build arguments, up to what cannot be expanded at all. */
export function lintDefaults(
  linter: Linter,
  stages: readonly StageCommand[],
  expanderOfDefaults: () => (word: string) => string,
): void {
  try {
    const expand = expanderOfDefaults();
    for (const { base, line } of stages) if (!isReference(expand(base))) linter.report('InvalidDefaultArgInFrom', line);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
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
