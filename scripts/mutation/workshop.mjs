import { spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cacheRoot } from '../provision/cache.mjs';
import { run } from '../provision/shell.mjs';
import { excludedTests } from './modules.mjs';

const stryker = '10.1.1';

/** Opens a copy of the working tree in which sources may be changed, with Stryker beside it. */
export async function openWorkshop(root) {
  const folder = await mkdtemp(join(tmpdir(), 'bir-mutation-'));
  const close = () => rm(folder, { recursive: true, force: true });
  try {
    await copyTree(root, folder);
    await installStryker(folder);
    const node = await newNode();
    return {
      mutate: (name, module, sample) => mutate({ folder, node }, name, module, sample),
      notices: (tests, survivor) => notices(folder, tests, survivor),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function copyTree(root, folder) {
  const listed = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root });
  for (const name of new Set(listed.split('\0').filter((name) => name !== ''))) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await copyFile(join(root, name), join(folder, name)).catch((error) => {
      // Deleted in the working tree, and in the index still.
      if (error.code !== 'ENOENT') throw error;
    });
  }
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
}

// It lies in the copy so that it finds the project's own vitest, and is no dependency: it needs a newer Node.
async function installStryker(folder) {
  const tools = ['core', 'vitest-runner', 'api'].map((name) => `@stryker-mutator/${name}@${stryker}`);
  const quiet = ['--no-audit', '--no-fund', '--legacy-peer-deps', '--ignore-scripts'];
  await mkdir(join(folder, 'stryker'));
  await run('npm', ['install', ...quiet, '--prefix', join(folder, 'stryker'), ...tools], { cwd: folder });
}

async function newNode() {
  if (Number(process.versions.node.split('.')[0]) >= 22) return process.execPath;
  await run(process.execPath, [join(import.meta.dirname, '../provision.mjs'), 'node24']);
  const parts = JSON.parse(await readFile(join(cacheRoot(), 'parts.json'), 'utf8'));
  return parts.node24.paths.node;
}

/** Tries the sampled changes of a module and answers Stryker's report. */
async function mutate({ folder, node }, name, module, sample) {
  const flat = name.replaceAll('/', '-');
  const reportFile = join(folder, 'stryker', `${flat}.json`);
  const settings = {
    testRunner: 'vitest',
    plugins: ['@stryker-mutator/*', join(folder, 'scripts/mutation/sample.mjs')],
    vitest: { configFile: 'scripts/mutation/vitest.config.ts', related: false },
    checkers: ['sample'],
    coverageAnalysis: 'perTest',
    // Tables of tests are made while a file is loaded, so that what is asked then counts as static.
    ignoreStatic: false,
    // Few tests hold words.
    mutator: { excludedMutations: ['StringLiteral'] },
    inPlace: true,
    concurrency: Math.max(2, availableParallelism()),
    timeoutMS: 20_000,
    // On a busy machine the tests of a module, without a change, take more than the five minutes that are usual.
    dryRunTimeoutMinutes: 30,
    reporters: ['json', 'progress-append-only'],
    logLevel: 'warn',
    jsonReporter: { fileName: reportFile },
    mutate: [`core/{${name},${name}/**/*}.ts`],
  };
  const settingsFile = join(folder, 'stryker', `${flat}.conf.json`);
  await writeFile(settingsFile, JSON.stringify(settings));
  const own = [`test/${name}/**/*.test.ts`, `test/${name}.test.ts`];
  const env = {
    ...process.env,
    MUTATION_SAMPLE: JSON.stringify({ ...sample, root: folder }),
    MUTATION_TESTS: JSON.stringify([[...own, ...module.tests], excludedTests]),
  };
  const program = join(folder, 'stryker/node_modules/@stryker-mutator/core/bin/stryker.js');
  const code = await exitCode(node, [program, 'run', settingsFile], { cwd: folder, env, stdio: 'inherit' });
  if (code !== 0) throw new Error(`${name}: Stryker ended with ${code}`);
  return JSON.parse(await readFile(reportFile, 'utf8'));
}

/** Whether tests that run the product as a process notice a change; without a survivor, whether they fail as it is. */
async function notices(folder, tests, survivor) {
  const file = survivor === undefined ? undefined : join(folder, survivor.file);
  const before = file === undefined ? undefined : await readFile(file);
  if (file !== undefined) await writeFile(file, survivor.changed);
  try {
    const args = ['node_modules/vitest/vitest.mjs', 'run', '--bail=1', ...tests];
    return (await exitCode(process.execPath, args, { cwd: folder, stdio: 'ignore' })) !== 0;
  } finally {
    if (file !== undefined) await writeFile(file, before);
  }
}

function exitCode(file, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, options);
    child.on('error', reject);
    child.on('close', resolve);
  });
}
