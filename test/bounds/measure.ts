import { isDeepStrictEqual } from 'node:util';
import { FailureError } from '../../core/failure.ts';
import { deep, type Growth, type Parser } from './growth.ts';
import { parsers } from './parsers.ts';

// A process of its own for one parser: what hangs or runs out of memory is ended from outside, and told by the last line.

const sizes = [10_000, 100_000, 1_000_000] as const;
const attempts = 3;
/** Milliseconds of processor time: what takes less is not looked at again, and what may not be taken. */
const [quick, enough, most] = [100, 500, 1_000] as const;

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

/** Milliseconds of processor time for a text, the least of some attempts where it matters. */
async function cost(parser: Parser, text: string, enough: number): Promise<readonly [number, Ending]> {
  let best = Number.POSITIVE_INFINITY;
  let end: Ending = { kind: 'refused' };
  for (let attempt = 0; attempt < attempts && best > enough; attempt += 1) {
    if (attempt > 0) globalThis.gc?.();
    const before = process.cpuUsage();
    end = await ending(parser, text);
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / 1_000);
  }
  return [best, end];
}

async function grow(parser: Parser, growth: Growth): Promise<void> {
  say({ begins: growth.label });
  const [small, middle, large] = sizes;
  const [atMiddle, first] = await cost(parser, growth.of(middle), quick);
  // What would take minutes is known to be too slow already.
  const [atLarge, last] = atMiddle > most ? [atMiddle, first] : await cost(parser, growth.of(large), enough);
  const [atSmall] = atLarge > quick ? await cost(parser, growth.of(small), quick) : [0];
  const messages = [first, last].flatMap((end) => (end.kind === 'broken' ? [end.message] : []));
  say({ ended: growth.label, atSmall, atMiddle, atLarge, message: messages[0] });
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

async function main(name: string | undefined): Promise<void> {
  const parser = parsers.find((one) => one.name === name);
  if (parser === undefined) throw new Error(`there is no parser ${name}`);
  const before = process.memoryUsage.rss();
  for (const growth of sampleOf(parser.growths)) await grow(parser, growth);
  for (const growth of sampleOf(parser.nested)) await nest(parser, growth);
  say({ memory: process.resourceUsage().maxRSS * 1024 - before });
}

if (process.argv[2] === 'measure') await main(process.argv[3]);
