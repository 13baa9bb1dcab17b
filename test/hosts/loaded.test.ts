import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { useBundles } from './bundles.ts';
import { repository } from './repository.ts';
import { runProcess } from './run.ts';

const bundles = useBundles();

/** The files of a bundle that a run loads, and their bytes. */
async function loadedBy(bundle: string, ...args: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'bir-loaded-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [hook, list] = [join(folder, 'hook.cjs'), join(folder, 'list.json')];
  const write = `require('node:fs').writeFileSync(${JSON.stringify(list)}, JSON.stringify(Object.keys(require.cache)))`;
  writeFileSync(hook, `process.on('exit', () => ${write});`);
  const cwd = repository({ Dockerfile: 'FROM debian:12\n' });
  // No cache of what was compiled, as on a machine that is new each time.
  const ran = await runProcess(process.execPath, ['--require', hook, bundle, ...args], { cwd, env: { PATH: '' } });
  expect([ran.code, ran.stderr]).toEqual([0, '']);
  const own: readonly string[] = JSON.parse(readFileSync(list, 'utf8'));
  const files = own.filter((path) => dirname(path) === dirname(bundle));
  const bytes = files.reduce((sum, path) => sum + readFileSync(path).length, 0);
  return { names: files.map((path) => basename(path)), bytes, stdout: ran.stdout };
}

test.each([['--version'], ['--help'], ['help', 'check']])('%s loads one file', async (...args) => {
  expect((await loadedBy(bundles().cli, ...args)).names).toEqual(['index.cjs']);
});

test('a search for bases loads no library that it does not call, and a quarter of the code', async () => {
  const { names, bytes, stdout } = await loadedBy(bundles().cli, 'detect');
  expect(stdout).toContain('debian:12');
  expect(names.filter((name) => name.startsWith('library-'))).toEqual([]);
  expect(names).toContain('start.cjs');
  expect(bytes).toBeLessThan(1_400_000);
  const text = names.map((name) => readFileSync(join(dirname(bundles().cli), name), 'utf8')).join('');
  for (const path of [
    'core/report/html.ts',
    'core/scan/trivy/report.ts',
    'core/deploy/kubectl.ts',
    'core/rebuild/engines.ts',
  ])
    expect(text.includes(`// ${path}\n`), path).toBe(false);
});
