import { Environment, type ParseResult } from '@marcbachmann/cel-js';
import { severities } from '../../scan/finding.ts';
import { anyGlob, type Matcher } from '../../text/glob.ts';
import { factNames, factTypes } from './facts.ts';
import { imageTextsIn } from './image-texts.ts';
import { isNode } from './node.ts';

/** What conditions are evaluated over, by the names that they use. */
export interface RuleFacts {
  readonly finding?: Readonly<Record<string, unknown>>;
  readonly image: Readonly<Record<string, unknown>>;
  readonly change: Readonly<Record<string, unknown>>;
  readonly now: Date;
}

/** What a condition says of facts; `unknown` where it needs one that is unknown. */
export type Answer = { readonly kind: 'yes' | 'no' } | { readonly kind: 'unknown'; readonly why: string };

/** A condition in CEL that can be evaluated. */
export interface RuleCondition {
  readonly text: string;
  /** Whether it is about findings; else it is about the image as a whole. */
  readonly isOfFindings: boolean;
  /** The texts with which each field of the image is put together. */
  readonly imageTexts: ReadonlyMap<string, ReadonlySet<string>>;
  readonly evaluate: (facts: RuleFacts) => Answer;
}

/** What is wrong with a condition, as it is written. */
export interface ConditionFault {
  readonly fault: string;
  readonly remedy?: string;
}

/** The rank of a severity in conditions: 5 for critical, 0 for unknown. */
export function rankOf(severity: string): bigint {
  const worstFirst: readonly string[] = severities;
  return BigInt(worstFirst.length - 1 - worstFirst.indexOf(severity.toLowerCase()));
}

const longest = 2000;
// Bounds of what a condition may cost: nothing of what is left multiplies what it is given, but one list in another.
const limits = { maxAstNodes: 300, maxDepth: 40, maxListElements: 200, maxMapEntries: 1, maxCallArguments: 4 };
const deepestLoop = 2;
const functions = ['severity', 'size', 'timestamp', 'duration', 'int', 'double', 'string', 'has'];
const methods = ['contains', 'startsWith', 'endsWith', 'size', 'lowerAscii', 'glob', 'getFullYear', 'getHours'];
const loops = ['exists', 'all', 'exists_one'];

const globs = new Map<string, Matcher>();

let prepared: Environment | undefined;

// Made once: to make one costs more than to read a condition.
function environment(): Environment {
  prepared ??= new Environment({ unlistedVariablesAreDyn: false, limits })
    .registerVariable({ name: 'finding', schema: factTypes.finding })
    .registerVariable({ name: 'image', schema: factTypes.image })
    .registerVariable({ name: 'change', schema: factTypes.change })
    .registerVariable('now', 'google.protobuf.Timestamp')
    .registerFunction('severity(string): int', (name: string) => rankOf(name))
    .registerFunction('string.glob(string): bool', (text: string, glob: string) => globOf(glob)(text));
  return prepared;
}

function globOf(pattern: string): Matcher {
  const known = globs.get(pattern);
  if (known !== undefined) return known;
  const made = anyGlob([pattern]);
  if (globs.size < 1000) globs.set(pattern, made);
  return made;
}

/** Reads a condition; a fault where it is not CEL, names what is not there, or could cost more than a condition may. */
export function readCondition(text: string): RuleCondition | ConditionFault {
  if (text.length > longest) return { fault: `has more than ${longest} characters, which is the bound` };
  let parsed: ParseResult;
  try {
    parsed = environment().parse(text);
  } catch (error) {
    return { fault: `is not CEL: ${summaryOf(error)}` };
  }
  const used = new Set<string>();
  const fault = faultIn(parsed.ast, used, 0);
  if (fault !== undefined) return { fault };
  const checked = parsed.check();
  if (!checked.valid) return typeFault(summaryOf(checked.error), text);
  if (checked.type !== 'bool' && checked.type !== 'dyn') return { fault: `is of type ${checked.type}, and not bool` };
  const imageTexts = imageTextsIn(parsed.ast);
  return { text, isOfFindings: used.has('finding'), imageTexts, evaluate: (facts) => evaluate(parsed, facts) };
}

// What is of another type is never equal, so such a rule would never fit.
function typeFault(said: string, text: string): ConditionFault {
  const [, types] = /^no such overload: (.+)$/.exec(said) ?? [];
  if (types === undefined)
    return { fault: `is not CEL: ${said.replace(/^(.+) is not known$/, 'it names $1, which is not there')}` };
  const isSeverity =
    /finding\.(?:severity|stated)\b/.test(text) && /\bint\b.*\bstring\b|\bstring\b.*\bint\b/.test(types);
  const fault = `puts together what is of different types: ${types}`;
  return isSeverity ? { fault, remedy: 'compare a severity with severity("high")' } : { fault };
}

function evaluate(parsed: ParseResult, facts: RuleFacts): Answer {
  try {
    const value: unknown = parsed({ ...facts });
    if (typeof value === 'boolean') return { kind: value ? 'yes' : 'no' };
    return { kind: 'unknown', why: 'it comes to something that is neither true nor false' };
  } catch (error) {
    return { kind: 'unknown', why: summaryOf(error) };
  }
}

function summaryOf(error: unknown): string {
  const said = error instanceof Error && 'summary' in error ? error.summary : error;
  return (
    String(said)
      .split('\n')[0]
      ?.slice(0, 200)
      .replace(/^No such key: (.+)$/, '$1 is not known') ?? ''
  );
}

// A name that no finding has would never be known, and a mistyped severity is below all others.
function faultIn(node: unknown, used: Set<string>, depth: number): string | undefined {
  if (Array.isArray(node)) return firstOf(node, (inner) => faultIn(inner, used, depth));
  if (!isNode(node)) return undefined;
  const { op, args } = node;
  if (op === 'id') used.add(String(args));
  const parts = Array.isArray(args) ? args : [args];
  if (op === '.' || op === '.?') {
    const fault = faultOfField(parts);
    if (fault !== undefined) return fault;
  }
  if (op !== 'call' && op !== 'rcall') return firstOf(parts, (inner) => faultIn(inner, used, depth));
  const [name, ...inner] = parts;
  const fault = faultOfCall(op, String(name), inner, depth);
  if (fault !== undefined) return fault;
  return firstOf(inner, (one) =>
    faultIn(one, used, op === 'rcall' && loops.includes(String(name)) ? depth + 1 : depth),
  );
}

function faultOfField([of, field]: readonly unknown[]): string | undefined {
  if (!isNode(of)) return undefined;
  const path = of.op === 'id' ? String(of.args) : undefined;
  const inner = of.op === '.' && Array.isArray(of.args) && isNode(of.args[0]) && of.args[0].args === 'finding';
  const group = inner && Array.isArray(of.args) ? `finding.${of.args[1]}` : path;
  const known = group === undefined ? undefined : factNames.get(group);
  if (known === undefined) return undefined;
  return known.includes(String(field)) ? undefined : `names ${group}.${field}; there are ${known.join(', ')}`;
}

function faultOfCall(op: string, name: string, inner: readonly unknown[], depth: number): string | undefined {
  const isLoop = op === 'rcall' && loops.includes(name);
  if (isLoop && depth >= deepestLoop) return `has ${name} more than ${deepestLoop} deep, which is the bound`;
  const known = op === 'rcall' ? [...methods, ...loops] : functions;
  if (!known.includes(name)) return `uses ${name}, which rules cannot; they can use ${known.join(', ')}`;
  if (name !== 'severity') return undefined;
  const [word] = inner.flat();
  const value = isNode(word) && word.op === 'value' ? String(word.args) : '';
  return severities.some((severity) => severity === value.toLowerCase())
    ? undefined
    : `names no severity in severity(); there are ${severities.join(', ')}`;
}

function firstOf(values: readonly unknown[], find: (value: unknown) => string | undefined): string | undefined {
  for (const value of values) {
    const found = find(value);
    if (found !== undefined) return found;
  }
  return undefined;
}
