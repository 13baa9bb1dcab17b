import type { Instruction } from './lex.ts';
import { isJsonArray } from './lex.ts';
import { Refusal } from './refusal.ts';

interface Rule {
  readonly flags?: Readonly<Record<string, 'boolean' | 'text' | 'list'>>;
  /** What is wrong with the arguments; undefined where nothing is. */
  readonly complaint?: (rest: string, instruction: Instruction) => string | undefined;
}

const words = (rest: string): readonly string[] => rest.split(/[\t\v\f\r\n ]+/).filter((word) => word !== '');
const arguments_ = (rest: string): readonly string[] =>
  isJsonArray(rest) ? (JSON.parse(rest) as string[]) : words(rest);
const atLeastOne = (name: string) => (rest: string) =>
  arguments_(rest).length === 0 ? `${name} requires at least one argument` : undefined;
const exactlyOne = (name: string) => (rest: string) =>
  rest === '' ? `${name} requires exactly one argument` : undefined;
const sourcesAndDestination = (name: string) => (rest: string, instruction: Instruction) => {
  const count = arguments_(rest).length;
  if (count === 0) return `${name} requires at least two arguments`;
  if (count > 1 || instruction.heredocs.length > 1) return undefined;
  return `${name} requires at least two arguments, but only one was provided. Destination could not be determined`;
};

// BuildKit, frontend/dockerfile/instructions: flags and argument counts of every instruction.
const rules: Readonly<Record<string, Rule>> = {
  add: {
    flags: {
      chown: 'text',
      chmod: 'text',
      link: 'boolean',
      'keep-git-dir': 'boolean',
      checksum: 'text',
      exclude: 'list',
      unpack: 'boolean',
    },
    complaint: sourcesAndDestination('ADD'),
  },
  arg: { complaint: (rest) => atLeastOne('ARG')(rest) ?? blankName('ARG', rest) },
  cmd: {},
  copy: {
    flags: { chown: 'text', from: 'text', chmod: 'text', link: 'boolean', parents: 'boolean', exclude: 'list' },
    complaint: sourcesAndDestination('COPY'),
  },
  entrypoint: {},
  env: { complaint: (rest) => namedValues('ENV', rest) },
  expose: { complaint: atLeastOne('EXPOSE') },
  from: { flags: { platform: 'text' }, complaint: fromArguments },
  healthcheck: {
    flags: { interval: 'text', timeout: 'text', 'start-period': 'text', 'start-interval': 'text', retries: 'text' },
    complaint: healthcheck,
  },
  label: { complaint: (rest) => namedValues('LABEL', rest) },
  maintainer: { complaint: exactlyOne('MAINTAINER') },
  onbuild: { complaint: atLeastOne('ONBUILD') },
  run: {
    flags: { mount: 'list', network: 'text', security: 'text', device: 'list' },
    complaint: (rest) => (rest === '' ? 'RUN requires at least one argument' : undefined),
  },
  shell: {
    complaint: (rest) =>
      isJsonArray(rest) && rest !== '[]' ? undefined : 'SHELL requires the arguments to be in JSON form',
  },
  stopsignal: { complaint: exactlyOne('STOPSIGNAL') },
  user: { complaint: exactlyOne('USER') },
  volume: { complaint: volume },
  workdir: { complaint: exactlyOne('WORKDIR') },
};

/** Throws Refusal where BuildKit would refuse the instruction for its keyword, flags or arguments. */
export function validate(instruction: Instruction): void {
  const { keyword, keywordText, line, rest, flags } = instruction;
  const rule = Object.hasOwn(rules, keyword) ? rules[keyword] : undefined;
  if (rule === undefined) throw new Refusal('unknown-instruction', line, `unknown instruction: ${keywordText}`);
  const complaint = rule.complaint?.(rest, instruction);
  if (complaint !== undefined) {
    throw new Refusal(
      keyword === 'from' && complaint.startsWith('invalid') ? 'invalid-stage-name' : 'invalid-instruction',
      line,
      complaint,
    );
  }
  validateFlags(flags, rule.flags ?? {}, line);
}

function validateFlags(flags: readonly string[], known: NonNullable<Rule['flags']>, line: number): void {
  const seen = new Set<string>();
  for (const flag of flags) {
    const [name = '', value] = splitFlag(flag);
    const kind = Object.hasOwn(known, name) ? known[name] : undefined;
    if (kind === undefined) throw new Refusal('invalid-flag', line, `unknown flag: --${name}`);
    if (kind !== 'list' && seen.has(name))
      throw new Refusal('invalid-flag', line, `duplicate flag specified: --${name}`);
    seen.add(name);
    if (kind !== 'boolean' && value === undefined) {
      throw new Refusal('invalid-flag', line, `missing a value on flag: --${name}`);
    }
    if (kind === 'boolean' && value !== undefined && !['true', 'false'].includes(value.toLowerCase())) {
      throw new Refusal('invalid-flag', line, `expecting boolean value for flag --${name}, not: ${value}`);
    }
  }
}

/** Name and value of a `--name=value` word; the value is undefined without an equals sign. */
export function splitFlag(flag: string): readonly [string, string | undefined] {
  const equals = flag.indexOf('=');
  return equals === -1 ? [flag.slice(2), undefined] : [flag.slice(2, equals), flag.slice(equals + 1)];
}

/** All values of a flag, in order. */
export function flagValues(instruction: Instruction, wanted: string): readonly string[] {
  return instruction.flags
    .map(splitFlag)
    .flatMap(([name, value]) => (name === wanted && value !== undefined ? [value] : []));
}

function fromArguments(rest: string): string | undefined {
  const parts = words(rest);
  if (parts.length === 3 && parts[1]?.toLowerCase() === 'as') {
    const name = parts[2] ?? '';
    if (/^[a-z][a-z0-9-_.]*$/.test(name.toLowerCase())) return undefined;
    return `invalid name for build stage: "${name}", name can't start with a number or contain symbols`;
  }
  return parts.length === 1 ? undefined : 'FROM requires either one or three arguments';
}

function namedValues(name: string, rest: string): string | undefined {
  const [first] = words(rest);
  if (first === undefined) return `${name} requires at least one argument`;
  const parts = quotedWords(rest);
  if (!(parts[0] ?? '').includes('=')) return words(rest).length < 2 ? `${name} must have two arguments` : undefined;
  const bare = parts.find((part) => !part.includes('='));
  if (bare !== undefined) return `can't find = in "${bare}": it has to be of the form name=value`;
  return parts.some((part) => part.startsWith('=')) ? `${name} names can not be blank` : undefined;
}

/** Splits at white space outside quotes; quotes and escapes are kept. */
export function quotedWords(text: string): readonly string[] {
  return text.match(/(?:\\[\s\S]|"(?:\\[\s\S]|[^"\\])*"?|'[^']*'?|[^\s"'\\])+/gu) ?? [];
}

function blankName(name: string, rest: string): string | undefined {
  return quotedWords(rest).some((part) => part.startsWith('=')) ? `${name} names can not be blank` : undefined;
}

function healthcheck(rest: string): string | undefined {
  const [type, ...others] = words(rest);
  if (type === undefined) return 'HEALTHCHECK requires at least one argument';
  const kind = type.toUpperCase();
  if (kind === 'NONE') return others.length === 0 ? undefined : 'HEALTHCHECK NONE takes no arguments';
  if (kind !== 'CMD') return `unknown type "${kind}" in HEALTHCHECK (try CMD)`;
  return others.length === 0 ? 'missing command after HEALTHCHECK CMD' : undefined;
}

function volume(rest: string): string | undefined {
  const paths = arguments_(rest);
  if (paths.length === 0) return 'VOLUME requires at least one argument';
  return paths.some((path) => path.trim() === '') ? 'VOLUME specified can not be an empty string' : undefined;
}
