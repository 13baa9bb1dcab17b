import { isDeepStrictEqual } from 'node:util';
import { FailureError } from '../../core/failure.ts';
import { deep, type Growth, type Parser } from './growth.ts';
import { parsers } from './parsers.ts';

// A process for some parsers: what hangs or runs out of memory is ended from outside, and known by the last line.

const sizes = [10_000, 100_000, 1_000_000] as const;
const attempts = 3;
/** Milliseconds of processor time: what takes less is not looked at again, and what may not be taken. */
const [quick, enough, most] = [100, 500, 1_000] as const;

/** Of the program itself. */
const before = process.memoryUsage.rss();

/** How a text was received. */
export type Ending =
  | { readonly kind: 'read'; readonly value: unknown }
  | { readonly kind: 'refused' }
  | { readonly kind: 'broken'; readonly message: string };

/** Parses a text; nothing but a FailureError is a refusal. */
export async function ending(parser: Pick<Parser, 'parse'>, text: string): Promise<Ending> {
  try {
    return { kind: 'read', value: await parser.parse(text) };
  } catch (thrown) {
    if (thrown instanceof FailureError) return { kind: 'refused' };
    return { kind: 'broken', message: thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown) };
  }
}

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** Milliseconds of processor time for a text, the least of some attempts. */
async function cost(parser: Parser, text: string, tries: number): Promise<readonly [number, Ending]> {
  let best = Number.POSITIVE_INFINITY;
  let end: Ending = { kind: 'refused' };
  for (let attempt = 0; attempt < tries; attempt += 1) {
    if (attempt > 0) globalThis.gc?.();
    const before = process.cpuUsage();
    end = await ending(parser, text);
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / 1_000);
  }
  return [best, end];
}

interface Costs {
  readonly atSmall: number;
  readonly atMiddle: number;
  readonly atLarge: number;
  readonly message: string | undefined;
}

async function costs(parser: Parser, growth: Growth, tries: number): Promise<Costs> {
  const [small, middle, large] = sizes;
  const [atMiddle, first] = await cost(parser, growth.of(middle), tries);
  // What would take minutes is known to be too slow already.
  const [atLarge, last] = atMiddle > most ? [atMiddle, first] : await cost(parser, growth.of(large), tries);
  const [atSmall] = atLarge > quick ? await cost(parser, growth.of(small), tries) : [0];
  const messages = [first, last].flatMap((end) => (end.kind === 'broken' ? [end.message] : []));
  return { atSmall, atMiddle, atLarge, message: messages[0] };
}

/** Whether costs grow faster than the text: ten times the text takes about ten times as long. */
export function growsTooFast({ atSmall, atMiddle, atLarge }: Omit<Costs, 'message'>): boolean {
  return atLarge > 40 * atMiddle + 200 || (atLarge > quick && atMiddle > 40 * atSmall + 200);
}

async function grow(parser: Parser, growth: Growth): Promise<void> {
  say({ begins: growth.label });
  const once = await costs(parser, growth, 1);
  const isFine = once.atLarge <= enough && !growsTooFast(once);
  say({ ended: growth.label, ...(isFine ? once : await costs(parser, growth, attempts)) });
}

async function nest(parser: Parser, growth: Growth): Promise<void> {
  say({ begins: growth.label });
  const nothing = await ending(parser, '\u0001');
  const end = await ending(parser, growth.of(deep));
  // Who has no word for a failure takes the text for none of its kind.
  const isRefused = end.kind === 'refused' || (end.kind === 'read' && isDeepStrictEqual(end, nothing));
  say({
    ended: growth.label,
    nested: isRefused ? 'refused' : end.kind,
    message: end.kind === 'broken' ? end.message : undefined,
  });
}

// Some parsers have hundreds of tokens: each run tries as many of them, spread over all; BOUNDS=whole tries every one.
const atMost = 3;

function sampleOf(all: readonly Growth[]): readonly Growth[] {
  if (process.env.BOUNDS === 'whole' || all.length <= atMost) return all;
  return Array.from({ length: atMost }, (_, at) => all[Math.floor((at * all.length) / atMost)]).filter(
    (growth) => growth !== undefined,
  );
}

async function main(name: string): Promise<void> {
  const parser = parsers.find((one) => one.name === name);
  if (parser === undefined) throw new Error(`there is no parser ${name}`);
  for (const growth of sampleOf(parser.growths)) await grow(parser, growth);
  for (const growth of sampleOf(parser.nested)) await nest(parser, growth);
  say({ memory: process.resourceUsage().maxRSS * 1024 - before });
}

if (process.argv[2] === 'measure') {
  for (const name of process.argv.slice(3)) {
    say({ parser: name });
    await main(name);
    globalThis.gc?.();
  }
}
