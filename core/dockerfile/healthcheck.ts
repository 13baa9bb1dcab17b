import { readFlags } from './flags.ts';
import type { Instruction } from './lex.ts';
import { DockerfileRefusal } from './refusal.ts';

const intervals = ['interval', 'timeout', 'start-period', 'start-interval'] as const;

/** Refuses a HEALTHCHECK that BuildKit refuses. */
export function validateHealthcheck({ words, flags }: Instruction): void {
  const [first, ...rest] = words;
  if (first === undefined) throw invalid('HEALTHCHECK requires at least one argument');
  const type = first.toUpperCase();
  if (type === 'NONE') {
    if (rest.length > 0) throw invalid('HEALTHCHECK NONE takes no arguments');
    return;
  }
  const known = { interval: 'text', timeout: 'text', 'start-period': 'text', 'start-interval': 'text' } as const;
  const values = readFlags(flags, { ...known, retries: 'text' });
  if (type !== 'CMD') throw invalid(`Unknown type "${type}" in HEALTHCHECK (try CMD)`);
  if (rest.length === 0) throw invalid('Missing command after HEALTHCHECK CMD');
  for (const name of intervals) validateInterval(name, values.get(name)?.[0] ?? '');
  validateRetries(values.get('retries')?.[0] ?? '');
}

function validateInterval(name: string, text: string): void {
  if (text === '') return;
  const nanoseconds = parseDuration(text);
  if (nanoseconds === undefined) throw invalid(`time: invalid duration "${text}"`);
  if (nanoseconds !== 0 && nanoseconds < 1_000_000) throw invalid(`Interval "${name}" cannot be less than 1ms`);
}

const units: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 6e10,
  h: 3.6e12,
};
const longest = 2 ** 63;

/** Nanoseconds of a duration as Go's time.ParseDuration reads it, undefined where it reads none. */
function parseDuration(text: string): number | undefined {
  const [, sign = '', body = ''] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  if (body === '0') return 0;
  if (!/^(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/u.test(body)) return undefined;
  const parts = [...body.matchAll(/([\d.]+)([^\d.]+)/gu)];
  const total = parts.reduce((sum, [, count = '', unit = '']) => sum + Number(count) * (units[unit] ?? 0), 0);
  if (total >= longest) return undefined;
  return sign === '-' ? -total : total;
}

function validateRetries(text: string): void {
  if (text === '') return;
  const count = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(Math.abs(count) <= 2 ** 31 - 1)) throw invalid(`--retries is not a number that fits: ${text}`);
  if (count < 0) throw invalid(`--retries cannot be negative (${text})`);
}

function invalid(detail: string): DockerfileRefusal {
  return new DockerfileRefusal('invalid-instruction', null, detail);
}
