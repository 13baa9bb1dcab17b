import type { ParsedInstruction, StageCommand } from '../commands.ts';
import type { Lexed } from '../lex.ts';
import type { Linter } from './linter.ts';

type AnyCommand = StageCommand | ParsedInstruction;

/** Applies the rules that are about the text of the whole file, whatever a build needs of it. */
export function lintFile(linter: Linter, { emptyContinuations }: Lexed, commands: readonly AnyCommand[]): void {
  for (const line of emptyContinuations) linter.report('NoEmptyContinuation', line);
  for (const command of commands) {
    if (command.source.keyword === 'maintainer') linter.report('MaintainerDeprecated', command.line);
    if (command.kind === 'from') lintFrom(linter, command);
    lintDescription(linter, command);
  }
  lintStageNames(linter, commands);
  lintCasing(linter, commands);
}

function lintFrom(linter: Linter, { line, source }: StageCommand): void {
  const [, as, name] = source.words;
  if (as === undefined || name === undefined) return;
  if (name !== name.toLowerCase()) linter.report('StageNameCasing', line);
  const from = source.keywordText;
  const isLower = from === from.toLowerCase();
  // FROM in mixed case is reported as such.
  if (!isLower && from !== from.toUpperCase()) return;
  if (as !== (isLower ? as.toLowerCase() : as.toUpperCase())) linter.report('FromAsCasing', line);
}

// The last comment above a definition describes it, and then begins with its name.
function lintDescription(linter: Linter, command: AnyCommand): void {
  const names = command.kind === 'arg' ? command.args.map(({ name }) => name) : stageName(command);
  const { comment } = command.source;
  if (names.length === 0 || comment === undefined) return;
  if (!names.includes(comment.split(' ', 1)[0] ?? '')) linter.report('InvalidDefinitionDescription', command.line);
}

function stageName(command: AnyCommand): readonly string[] {
  return command.kind === 'from' && command.name !== undefined ? [command.name] : [];
}

function lintStageNames(linter: Linter, commands: readonly AnyCommand[]): void {
  const seen = new Set<string>();
  for (const command of commands) {
    const [name] = stageName(command);
    if (name === undefined) continue;
    if (name === 'scratch' || name === 'context') linter.report('ReservedStageName', command.line);
    if (seen.has(name)) linter.report('DuplicateStageName', command.line);
    seen.add(name);
  }
}

// In the case of most of them; with as many of either, in upper case. ARGs before the first FROM do not count.
function lintCasing(linter: Linter, commands: readonly AnyCommand[]): void {
  const counted = commands.slice(commands.findIndex(({ kind }) => kind === 'from'));
  const keywords = counted.map(({ source }) => source.keywordText);
  const lower = keywords.filter((word) => word === word.toLowerCase()).length;
  const upper = keywords.filter((word) => word !== word.toLowerCase() && word === word.toUpperCase()).length;
  for (const { line, source } of counted) {
    const { keywordText } = source;
    const wanted = lower > upper ? keywordText.toLowerCase() : keywordText.toUpperCase();
    if (keywordText !== wanted) linter.report('ConsistentInstructionCasing', line);
  }
}
