#!/usr/bin/env node
// `npm run fuzz -- --seed S --runs N [PARSER…]`: texts put together of the tokens of each grammar go through every parser
// of untrusted text (test/bounds/parsers.ts). Only a FailureError may come out, and soon.
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bundleBounds } from './fuzz/bundle.mjs';

async function main() {
  const { values, positionals } = parseArgs({
    options: { seed: { type: 'string', default: '1' }, runs: { type: 'string', default: '1000000' } },
    allowPositionals: true,
  });
  const folder = await mkdtemp(join(tmpdir(), 'bir-fuzz-'));
  try {
    const program = await bundleBounds('fuzz', folder);
    const args = ['--max-old-space-size=256', program, values.seed, values.runs, ...positionals];
    return spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1;
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

process.exitCode = await main();
