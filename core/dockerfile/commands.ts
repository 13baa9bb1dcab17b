import { atLeastOne, exactlyOne, flagless, invalidInstruction, lastOf } from './demands.ts';
import { type FlagKind, readFlags } from './flags.ts';
import { validateHealthcheck } from './healthcheck.ts';
import { heredocOf } from './heredoc.ts';
import type { Instruction } from './lex.ts';
import { parseMountFields } from './mounts.ts';
import { atLine, DockerfileRefusal } from './refusal.ts';
import { trim } from './space.ts';

/** A builder that reads files otherwise than BuildKit does. */
export type Dialect = 'buildah';

/** `NAME=default`; the default keeps its quotes until it is expanded. */
export interface ArgumentDefinition {
  readonly name: string;
  readonly value: string | undefined;
}

/** FROM. */
export interface StageCommand {
  readonly kind: 'from';
  readonly line: number;
  readonly source: Instruction;
  readonly base: string;
  /** In lower case. */
  readonly name: string | undefined;
  readonly platform: string;
}

/** What an instruction within a stage means for bases and for what BuildKit refuses. */
export type ParsedInstruction = { readonly line: number; readonly source: Instruction } & (
  | { readonly kind: 'arg'; readonly args: readonly ArgumentDefinition[] }
  | { readonly kind: 'env'; readonly pairs: readonly (readonly [string, string])[] }
  | AddOrCopy
  | RunCommand
  | { readonly kind: 'onbuild'; readonly expression: string }
  | { readonly kind: 'expose'; readonly ports: readonly string[] }
  | { readonly kind: 'stopsignal'; readonly signal: string }
  | { readonly kind: 'volume'; readonly words: readonly string[] }
  | { readonly kind: 'workdir'; readonly path: string }
  | { readonly kind: 'expanded'; readonly words: readonly string[] }
  | { readonly kind: 'inert' }
);

/** RUN. */
export interface RunCommand {
  readonly kind: 'run';
  readonly mounts: readonly string[];
  /** The sources of the mounts before variables in them were expanded; absent where none were. */
  readonly written?: readonly string[];
  readonly devices: readonly string[];
}

/** ADD or COPY. */
export interface AddOrCopy {
  readonly kind: 'add' | 'copy';
  readonly from: string;
  /** `from` before variables in it were expanded; absent where none were. */
  readonly writtenFrom?: string;
  readonly chown: string;
  readonly chmod: string;
  readonly checksum: string;
  readonly sources: readonly string[];
  readonly destination: string;
  /** Contents of here-documents in which variables are expanded. */
  readonly inline: readonly string[];
}

/** Parses an instruction; throws Refusal at its line (BuildKit, frontend/dockerfile/instructions). */
export function parseCommand(instruction: Instruction): StageCommand | ParsedInstruction {
  return parseCommandOf(instruction, undefined);
}

/** Parses an instruction as whoever reads the file does; throws Refusal at its line. */
export function parseCommandOf(
  instruction: Instruction,
  dialect: Dialect | undefined,
): StageCommand | ParsedInstruction {
  const { line } = instruction;
  return atLine(line, () => ({ line, source: instruction, ...commandOf(instruction, dialect) }));
}

type WithoutSource<T> = T extends unknown ? Omit<T, 'line' | 'source'> : never;

function commandOf(
  instruction: Instruction,
  dialect: Dialect | undefined,
): WithoutSource<StageCommand | ParsedInstruction> {
  const { keyword, words } = instruction;
  switch (keyword) {
    case 'from':
      return stage(instruction);
    case 'arg':
      return { kind: 'arg', args: atLeastOne(instruction).map(argument) };
    case 'env':
      readFlags(instruction.flags, {});
      return { kind: 'env', pairs: pairsOf(instruction) };
    case 'label':
      readFlags(instruction.flags, {});
      return { kind: 'expanded', words: pairsOf(instruction).flat() };
    case 'add':
    case 'copy':
      return transfer(keyword, instruction);
    case 'run':
      return run(instruction, dialect);
    case 'onbuild':
      return trigger(instruction);
    case 'expose':
      return { kind: 'expose', ports: flagless(instruction, atLeastOne(instruction)) };
    case 'volume':
      return { kind: 'volume', words: volumes(instruction) };
    case 'workdir':
      return { kind: 'workdir', path: flagless(instruction, exactlyOne(instruction))[0] ?? '' };
    case 'user':
      return { kind: 'expanded', words: flagless(instruction, exactlyOne(instruction)) };
    case 'stopsignal':
      return { kind: 'stopsignal', signal: exactlyOne(instruction)[0] ?? '' };
    case 'maintainer':
      flagless(instruction, exactlyOne(instruction));
      return { kind: 'inert' };
    case 'healthcheck':
      validateHealthcheck(instruction);
      return { kind: 'inert' };
    case 'shell':
      return shell(instruction);
    case 'cmd':
    case 'entrypoint':
      flagless(instruction, words);
      return { kind: 'inert' };
    default:
      throw new DockerfileRefusal('unknown-instruction', null, `unknown instruction: ${instruction.keywordText}`);
  }
}

function stage(instruction: Instruction): Omit<StageCommand, 'line' | 'source'> {
  const [base = '', as, alias = ''] = instruction.words;
  const count = instruction.words.length;
  if (count !== 1 && !(count === 3 && as?.toLowerCase() === 'as')) {
    throw invalidInstruction('FROM requires either one or three arguments');
  }
  const name = alias.toLowerCase();
  if (count === 3 && !/^[a-z][a-z0-9-_.]*$/.test(name)) {
    const rule = "name can't start with a number or contain symbols";
    throw new DockerfileRefusal('invalid-stage-name', null, `invalid name for build stage: "${alias}", ${rule}`);
  }
  const flags = readFlags(instruction.flags, { platform: 'text' });
  return { kind: 'from', base, name: count === 3 ? name : undefined, platform: lastOf(flags, 'platform') };
}

function argument(word: string): ArgumentDefinition {
  const equals = word.indexOf('=');
  if (equals === 0) throw invalidInstruction('ARG names can not be blank');
  return equals === -1
    ? { name: word, value: undefined }
    : { name: word.slice(0, equals), value: word.slice(equals + 1) };
}

function pairsOf(instruction: Instruction): readonly (readonly [string, string])[] {
  const words = atLeastOne(instruction);
  const pairs: (readonly [string, string])[] = [];
  for (let at = 0; at < words.length; at += 2) {
    const name = words[at] ?? '';
    if (name === '') throw invalidInstruction(`${instruction.keyword.toUpperCase()} names can not be blank`);
    pairs.push([name, words[at + 1] ?? '']);
  }
  return pairs;
}

const transferFlags: Readonly<Record<AddOrCopy['kind'], Readonly<Record<string, FlagKind>>>> = {
  add: {
    chown: 'text',
    chmod: 'text',
    link: 'boolean',
    'keep-git-dir': 'boolean',
    checksum: 'text',
    unpack: 'boolean',
    exclude: 'list',
  },
  copy: { chown: 'text', chmod: 'text', link: 'boolean', from: 'text', parents: 'boolean', exclude: 'list' },
};

function transfer(kind: AddOrCopy['kind'], instruction: Instruction): AddOrCopy {
  const { words } = instruction;
  const name = kind.toUpperCase();
  if (words.length < 2) {
    const why = 'but only one was provided. Destination could not be determined';
    throw invalidInstruction(`${name} requires at least two arguments, ${why}`);
  }
  const flags = readFlags(instruction.flags, transferFlags[kind]);
  const destination = words.at(-1) ?? '';
  if (heredocOf(destination) !== undefined)
    throw invalidInstruction(`${name} cannot accept a heredoc as a destination`);
  return {
    kind,
    from: lastOf(flags, 'from'),
    chown: lastOf(flags, 'chown'),
    chmod: lastOf(flags, 'chmod'),
    checksum: lastOf(flags, 'checksum'),
    sources: words.slice(0, -1).filter((word) => heredocOf(word) === undefined),
    destination,
    inline: instruction.heredocs.filter(({ expands }) => expands).map(({ content }) => content),
  };
}

function run(instruction: Instruction, dialect: Dialect | undefined): RunCommand {
  const flags = readFlags(instruction.flags, { mount: 'list', network: 'text', security: 'text', device: 'list' });
  const mounts = flags.get('mount') ?? [];
  for (const mount of mounts) parseMountFields(mount, dialect === 'buildah');
  const network = lastOf(flags, 'network', 'default');
  if (!['default', 'none', 'host'].includes(network)) throw invalidInstruction(`invalid network mode "${network}"`);
  const security = lastOf(flags, 'security', 'sandbox');
  if (!['sandbox', 'insecure'].includes(security)) throw invalidInstruction(`security "${security}" is not valid`);
  return { kind: 'run', mounts, devices: flags.get('device') ?? [] };
}

function trigger(instruction: Instruction): { readonly kind: 'onbuild'; readonly expression: string } {
  const { trigger: deferred } = instruction;
  if (deferred === undefined) throw invalidInstruction('ONBUILD requires at least one argument');
  readFlags(instruction.flags, {});
  const name = deferred.keyword.toUpperCase();
  if (name === 'ONBUILD') throw invalidInstruction("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
  if (name === 'FROM' || name === 'MAINTAINER') throw invalidInstruction(`${name} isn't allowed as an ONBUILD trigger`);
  const bodies = instruction.heredocs.map(({ content, name: end }) => `\n${content}${end}`);
  return { kind: 'onbuild', expression: instruction.text.replace(/^\s*onbuild\s*/i, '') + bodies.join('') };
}

function volumes(instruction: Instruction): readonly string[] {
  const words = flagless(instruction, atLeastOne(instruction)).map(trim);
  if (words.includes('')) throw invalidInstruction('VOLUME specified can not be an empty string');
  return words;
}

function shell(instruction: Instruction): { readonly kind: 'inert' } {
  flagless(instruction, atLeastOne(instruction));
  if (!instruction.isJson) throw invalidInstruction('SHELL requires the arguments to be in JSON form');
  return { kind: 'inert' };
}
