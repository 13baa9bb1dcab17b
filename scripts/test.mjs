#!/usr/bin/env node
// `npm test`: fetches the real parts that can be had here, builds, runs every test, says what was left out and why.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { npmParts } from './provision/npm.mjs';
import { debianHost } from './provision/shell.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Runs one of the project's own programs with node and answers its exit code. */
function node(args, env = {}) {
  return (
    spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } }).status ?? 1
  );
}

function provision() {
  const everything = debianHost() === null || process.env.REQUIRE_REAL === '1';
  // What could not be fetched is reported by the tests that need it: skipped, or failed when REQUIRE_REAL is 1.
  node(['scripts/provision.mjs', ...(everything ? [] : Object.keys(npmParts))]);
}

function outcomeOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { passed: 0, failed: 1, skipped: 0, reasons: [] };
  }
}

function main(args) {
  provision();
  const built = node(['scripts/build.mjs']);
  if (built !== 0) return built;
  const folder = mkdtempSync(join(tmpdir(), 'bir-test-'));
  const file = join(folder, 'outcome.json');
  const reporters = ['--reporter=default', `--reporter=${join(root, 'scripts/test/reporter.mjs')}`];
  const code = node(['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...args], { TEST_OUTCOME: file });
  const outcome = outcomeOf(file);
  rmSync(folder, { recursive: true, force: true });
  for (const reason of outcome.reasons) console.log(`skipped: ${reason}`);
  console.log(`${outcome.passed} passed, ${outcome.failed} failed, ${outcome.skipped} skipped`);
  if (code === 0 && outcome.passed === 0) return 1;
  return code === 0 && outcome.failed > 0 ? 1 : code;
}

process.exitCode = main(process.argv.slice(2));
