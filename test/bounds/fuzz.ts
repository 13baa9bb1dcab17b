import { ending } from './measure.ts';
import { parsers } from './parsers.ts';

// Usage: fuzz SEED RUNS [PARSER…]. Every run is told by its seed and number, so that it can be had again.

const mostTokens = 24;
/** Milliseconds of processor time for a text of so few tokens. */
const slowest = 1_000;
const reportEvery = 60_000;

/** Numbers below a bound, the same for the same seed (xorshift32). */
function createRandom(seed: number): (below: number) => number {
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

function textOf(tokens: readonly string[], random: (below: number) => number): string {
  const count = 1 + random(mostTokens);
  const parts: string[] = [];
  for (let at = 0; at < count; at += 1) {
    const token = tokens[random(tokens.length)] ?? '';
    // Now and then a token is torn, or many times the same.
    const kind = random(16);
    if (kind === 0) parts.push(token.slice(0, random(token.length + 1)));
    else if (kind === 1) parts.push(token.repeat(1 + random(8)));
    else parts.push(token);
  }
  return parts.join('');
}

async function main(seed: number, runs: number, names: readonly string[]): Promise<number> {
  // Where a failure came from is not looked at, and takes longer than most parsers.
  Error.stackTraceLimit = 0;
  const chosen = parsers.filter(({ name }) => names.length === 0 || names.includes(name));
  let [done, told, broken] = [0, Date.now(), 0];
  // What takes long is tried one time in twenty.
  const heavy = chosen.filter((parser) => parser.heavy === true);
  const light = chosen.filter((parser) => parser.heavy !== true);
  const [often, seldom] = light.length === 0 ? [heavy, heavy] : [light, heavy.length === 0 ? light : heavy];
  for (; done < runs; done += 1) {
    const among = done % 20 === 0 ? seldom : often;
    const parser = among[Math.floor(done / (done % 20 === 0 ? 20 : 1)) % among.length];
    if (parser === undefined) break;
    const text = textOf(parser.tokens, createRandom(seed + done));
    const before = process.cpuUsage();
    const end = await ending(parser, text);
    const { user, system } = process.cpuUsage(before);
    const isSlow = (user + system) / 1_000 > slowest;
    if (end.kind === 'broken' || isSlow) {
      broken += 1;
      const what = end.kind === 'broken' ? end.message : `took ${(user + system) / 1_000} ms`;
      console.log(`${parser.name}, run ${done} of seed ${seed}: ${what}\n  ${JSON.stringify(text.slice(0, 2_000))}`);
    }
    if (Date.now() - told > reportEvery) {
      told = Date.now();
      console.log(`${done + 1} runs, ${broken} broken`);
    }
  }
  console.log(`${done} runs of ${chosen.length} parsers with seed ${seed}: ${broken} broken`);
  return broken === 0 ? 0 : 1;
}

const [, , seed = '1', runs = '100000', ...names] = process.argv;
process.exitCode = await main(Number(seed), Number(runs), names);
