import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { run } from '../e2e/setup/run.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');

test('the compiler refuses to promote what was not judged and tested', async () => {
  const sample = await readFile(join(root, 'test/types/uncleared.ts'), 'utf8');
  const [refused, allowed] = await compile(sample.replaceAll('@ts-expect-error', ''), sample);
  expect(refused.match(/error TS\d+: .*/g)).toEqual([
    expect.stringMatching(/TS2379: .*'BuiltImage' is not assignable to parameter of type 'Cleared<BuiltImage>'/),
    expect.stringMatching(/TS2345: .*'Cleared<BuiltImage> \| undefined' is not assignable/),
    expect.stringMatching(/TS2554: Expected 3 arguments, but got 2/),
    expect.stringMatching(/TS2(322|353|741): /),
  ]);
  expect(allowed).toBe('');
}, 60_000);

test('nothing but clear casts a value to cleared', async () => {
  const files = (await readdir(join(root, 'core'), { recursive: true })).filter((file) => file.endsWith('.ts'));
  const sources = await Promise.all(
    files.map(async (file) => ({ file, text: await readFile(join(root, 'core', file), 'utf8') })),
  );
  expect(sources.filter(({ text }) => /\bas (unknown as )?Cleared\b/.test(text)).map(({ file }) => file)).toEqual([
    'gate/clear.ts',
  ]);
});

// What the compiler says of each text, as a file of a folder of its own.
async function compile(refused: string, allowed: string): Promise<readonly [string, string]> {
  const folder = await mkdtemp(join(tmpdir(), 'cleared-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  return Promise.all([compileOne(folder, 'refused', refused), compileOne(folder, 'allowed', allowed)]);
}

async function compileOne(folder: string, name: string, text: string): Promise<string> {
  const project = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: { typeRoots: [join(root, 'node_modules/@types')] },
    include: [],
    files: [`${name}.ts`],
  };
  await writeFile(join(folder, `${name}.ts`), text.replaceAll('../../core/', `${root}core/`));
  await writeFile(join(folder, `${name}.json`), JSON.stringify(project));
  const arguments_ = [compiler, '--noEmit', '--pretty', 'false', '-p', join(folder, `${name}.json`)];
  const { stdout } = await run(process.execPath, arguments_, { cwd: folder });
  const own = stdout.split('\n').filter((line) => line.startsWith(`${name}.ts(`));
  return own.join('\n');
}
