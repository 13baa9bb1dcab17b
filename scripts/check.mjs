#!/usr/bin/env node
// `npm run check`: everything a change must pass. All steps run; one line a step; exit code 1 if any fails.
// Usage: node scripts/check.mjs [--only STEP,…] [--skip STEP,…]
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { committedBundle } from './check/bundle.mjs';
import { program } from './check/program.mjs';
import { taskDefinition } from './check/task.mjs';
import { workflows } from './check/workflows.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Each step answers null, or what is wrong. */
const steps = {
  lint: () =>
    program(root, 'node_modules/@biomejs/biome/bin/biome', ['ci', '--colors=off', '--error-on-warnings', '.']),
  types: () => program(root, 'node_modules/typescript/bin/tsc', ['--noEmit']),
  generated: () => program(root, 'scripts/generate.mjs', ['--check']),
  build: () => program(root, 'scripts/build.mjs', []),
  dist: () => committedBundle(root),
  workflows: () => workflows(root),
  task: () => taskDefinition(root),
  tests: () => program(root, 'scripts/test.mjs', [], { show: true }),
};

function chosen(args) {
  const named = (option) => args[args.indexOf(option) + 1]?.split(',') ?? [];
  const only = args.includes('--only') ? named('--only') : Object.keys(steps);
  const skip = args.includes('--skip') ? named('--skip') : [];
  const unknown = [...only, ...skip].filter((name) => steps[name] === undefined);
  if (unknown.length > 0)
    throw new Error(`no such step: ${unknown.join(', ')}; there are ${Object.keys(steps).join(', ')}`);
  return only.filter((name) => !skip.includes(name));
}

async function attempt(name) {
  try {
    return await steps[name]();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function main(args) {
  const lines = [];
  for (const name of chosen(args)) {
    const started = Date.now();
    const wrong = await attempt(name);
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    if (wrong !== null) console.log(`${wrong}\n`);
    lines.push(`check: ${name} ${wrong === null ? 'ok' : 'FAILED'} (${seconds} s)`);
    console.log(lines.at(-1));
  }
  if (lines.length > 1) console.log(`\n${lines.join('\n')}`);
  return lines.some((line) => line.includes(' FAILED ')) ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2));
