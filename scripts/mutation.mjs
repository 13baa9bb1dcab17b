#!/usr/bin/env node
// `npm run mutation`: changes a seeded sample of the sources, and says per module how many changes the tests notice.
// Usage: node scripts/mutation.mjs [--seed N] [--share N] [--quick] [MODULE…]
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { modules } from './mutation/modules.mjs';
import { describe, isEquivalent, outcomeOf, scoreOf } from './mutation/outcome.mjs';
import { openWorkshop } from './mutation/workshop.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seed: { type: 'string', default: '1' },
      share: { type: 'string', default: '0.1' },
      quick: { type: 'boolean', default: false },
    },
  });
  const unknown = positionals.filter((name) => modules[name] === undefined);
  if (unknown.length > 0) throw new Error(`no such module: ${unknown.join(', ')}`);
  // A part of a module is measured with it.
  const whole = Object.keys(modules).filter((name) => !name.includes('/'));
  const names = positionals.length === 0 ? whole : positionals;
  return { names, quick: values.quick, sample: { seed: values.seed, share: Number(values.share) } };
}

async function knownEquivalent() {
  const listed = JSON.parse(await readFile(join(root, 'scripts/mutation/equivalent.json'), 'utf8'));
  for (const { file, line } of listed) {
    const lines = (await readFile(join(root, file), 'utf8')).split('\n').map((text) => text.trim());
    if (!lines.includes(line)) throw new Error(`equivalent.json: ${file} has no line "${line}" any more`);
  }
  return listed;
}

/** Tries one module and answers whether it holds its bar. */
async function holds(workshop, name, { quick, sample }, equivalent) {
  const module = modules[name];
  const { noticed, timedOut, survivors } = outcomeOf(await workshop.mutate(name, module, sample));
  const open = survivors.filter((survivor) => !isEquivalent(survivor, equivalent));
  const left = quick || module.wholeRuns === undefined ? open : await unnoticed(workshop, module.wholeRuns, open);
  const outcome = { noticed: noticed + open.length - left.length, survivors: left };
  const score = scoreOf(outcome);
  const excused = survivors.length - open.length;
  const numbers = [`${outcome.noticed} of ${outcome.noticed + left.length} changes`];
  // On a busy machine, slowness proves little.
  if (timedOut > 0) numbers.push(`${timedOut} by the time that they took`);
  if (excused > 0) numbers.push(`${excused} equivalent`);
  console.log(`mutation: ${name} ${score.toFixed(1)} % (${numbers.join(', ')}; bar ${module.bar} %)`);
  for (const survivor of left) console.log(`  ${describe(survivor)}`);
  return score >= module.bar;
}

async function unnoticed(workshop, tests, survivors) {
  if (survivors.length === 0) return [];
  if (await workshop.notices(tests)) throw new Error(`${tests.join(', ')}: these tests fail without a change`);
  const left = [];
  for (const survivor of survivors) if (!(await workshop.notices(tests, survivor))) left.push(survivor);
  return left;
}

async function main() {
  const asked = readArguments();
  const equivalent = await knownEquivalent();
  const workshop = await openWorkshop(root);
  const below = [];
  try {
    for (const name of asked.names) if (!(await holds(workshop, name, asked, equivalent))) below.push(name);
  } finally {
    await workshop.close();
  }
  if (below.length > 0) console.log(`mutation: below the bar: ${below.join(', ')}`);
  return below.length > 0 ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`mutation: ${error.message}`);
  process.exitCode = 2;
}
