import { type Platform, parsePlatform } from '../oci/platform.ts';
import { expandIn, globalArguments } from './arguments.ts';
import type { Variables } from './expand.ts';
import { type Instruction, instructionOf, type Lexed } from './lex.ts';
import { mountSources } from './mounts.ts';
import { Refusal } from './refusal.ts';
import { flagValues, validate } from './validate.ts';

/** How an instruction other than FROM uses another stage or an image. */
export interface Use {
  readonly via: 'copy-from' | 'mount-from';
  /** As written: a stage name, a stage index, or an image. */
  readonly source: string;
  readonly line: number;
}

/** One build stage, its base expanded. */
export interface Stage {
  readonly index: number;
  /** In lower case; undefined for a stage without a name. */
  readonly name: string | undefined;
  /** As written. */
  readonly raw: string;
  /** After expansion. */
  readonly base: string;
  readonly platform: Platform | null;
  readonly line: number;
  readonly uses: readonly Use[];
  /** Uses that ONBUILD defers to the stages that are built on this one. */
  readonly triggers: readonly Use[];
}

/** The stages of a lexed Dockerfile, in order; throws Refusal for what BuildKit refuses while it reads them. */
export function readStages(
  { instructions, escapeToken }: Lexed,
  given: { readonly args: Readonly<Record<string, string>>; readonly platforms: Readonly<Record<string, string>> },
): readonly Stage[] {
  for (const instruction of instructions) validateAll(instruction);
  const first = instructions.findIndex(({ keyword }) => keyword === 'from');
  const before = first === -1 ? instructions : instructions.slice(0, first);
  const stray = before.find(({ keyword }) => keyword !== 'arg');
  if (stray !== undefined) throw new Refusal('no-build-stage', stray.line, 'no build stage in current context');
  if (first === -1) throw new Refusal('no-build-stage', null, 'dockerfile contains no stages to build');
  const variables = globalArguments(before, escapeToken, given);
  const stages: Stage[] = [];
  for (const group of groupsByStage(instructions.slice(first))) {
    stages.push(stageOf(group, stages.length, variables, escapeToken));
  }
  return stages;
}

function validateAll(instruction: Instruction): void {
  validate(instruction);
  if (instruction.keyword === 'run') mountSources(instruction);
  if (instruction.keyword === 'onbuild') validateTrigger(instruction);
}

function validateTrigger({ rest, line }: Instruction): void {
  const trigger = instructionOf(rest, line);
  if (trigger.keyword === 'onbuild') {
    throw new Refusal('invalid-instruction', line, "chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
  }
  if (trigger.keyword === 'from' || trigger.keyword === 'maintainer') {
    const name = trigger.keyword.toUpperCase();
    throw new Refusal('invalid-instruction', line, `${name} isn't allowed as an ONBUILD trigger`);
  }
}

function groupsByStage(instructions: readonly Instruction[]): readonly (readonly Instruction[])[] {
  const groups: Instruction[][] = [];
  for (const instruction of instructions) {
    if (instruction.keyword === 'from') groups.push([instruction]);
    else groups.at(-1)?.push(instruction);
  }
  return groups;
}

function stageOf(
  [from, ...body]: readonly Instruction[],
  index: number,
  variables: Variables,
  escapeToken: string,
): Stage {
  if (from === undefined) throw new Refusal('no-build-stage', null, 'dockerfile contains no stages to build');
  const [raw = '', , name] = from.rest.split(/[\t\v\f\r\n ]+/);
  const base = expandIn(raw, variables, from, escapeToken);
  if (base === '') throw new Refusal('blank-base-name', from.line, `base name (${raw}) should not be blank`);
  return {
    index,
    name: name?.toLowerCase(),
    raw,
    base,
    platform: platformOf(from, variables, escapeToken),
    line: from.line,
    uses: body.flatMap(usesOf),
    triggers: body.filter(({ keyword }) => keyword === 'onbuild').flatMap(triggersOf),
  };
}

function platformOf(from: Instruction, variables: Variables, escapeToken: string): Platform | null {
  const [text] = flagValues(from, 'platform');
  if (text === undefined || text === '') return null;
  const expanded = expandIn(text, variables, from, escapeToken);
  if (expanded === '') {
    throw new Refusal('invalid-platform', from.line, `empty platform value from expression ${text}`);
  }
  const platform = parsePlatform(expanded.includes('/') ? expanded : completed(expanded));
  if (platform !== undefined) return platform;
  throw new Refusal('invalid-platform', from.line, `failed to parse platform ${expanded}`);
}

// containerd completes a lone operating system or architecture.
function completed(text: string): string {
  const systems = ['linux', 'windows', 'darwin', 'freebsd', 'wasip1'];
  if (systems.includes(text.toLowerCase())) return `${text}/amd64`;
  const architectures = [
    'amd64',
    'arm64',
    'arm',
    '386',
    'ppc64le',
    's390x',
    'riscv64',
    'x86_64',
    'aarch64',
    'mips64le',
  ];
  return architectures.includes(text.toLowerCase()) ? `linux/${text}` : text;
}

function triggersOf(instruction: Instruction): readonly Use[] {
  return usesOf(instructionOf(instruction.rest, instruction.line));
}

function usesOf(instruction: Instruction): readonly Use[] {
  const { keyword, line } = instruction;
  if (keyword === 'copy') {
    return flagValues(instruction, 'from')
      .filter((source) => source !== '')
      .map((source) => ({ via: 'copy-from', source, line }));
  }
  if (keyword !== 'run') return [];
  return mountSources(instruction).map((source) => ({ via: 'mount-from', source, line }));
}
