import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { RefreshReport } from '../../core/report/report.ts';
import type { TestRegistry } from '../../testing/registry.ts';
import { useBundles } from '../hosts/bundles.ts';
import { hostileTexts } from '../hosts/hostile.ts';
import { repository } from '../hosts/repository.ts';
import { type Ended, runProcess } from '../hosts/run.ts';
import { startShop } from '../hosts/shop.ts';
import { sampleFinding, sampleImage, sampleReport, sampleScan } from '../support/sample-report.ts';

// Processes are slow on a machine that does much else.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const bundles = useBundles();
const env = { PATH: process.env.PATH ?? '', HOME: '/nonexistent', TERM: 'xterm', LANG: 'C.UTF-8' };

/** Runs the command line on a terminal of its own (util-linux, script), which shows both its outputs. */
function runOnTerminal(args: readonly string[], cwd: string): Promise<Ended> {
  const quoted = [process.execPath, bundles().cli, ...args].map((arg) => `'${arg}'`).join(' ');
  return runProcess('script', ['--quiet', '--return', '--command', quoted, '/dev/null'], { env, cwd });
}

let shop: TestRegistry;
beforeAll(async () => {
  shop = await startShop();
});
afterAll(() => shop.close());

/** A folder in which folders, Dockerfiles and a saved report are full of what could steer a terminal. */
function hostileFolder(): string {
  const files = Object.fromEntries(
    hostileTexts.map((text, at) => [`${at}${text.replaceAll('/', '')}/Dockerfile`, `FROM debian:12\n`]),
  );
  const cwd = repository({ ...files, 'refused/Dockerfile': `FROM scratch\n${hostileTexts.join(' ')}\n` });
  const images = hostileTexts.map((text) =>
    sampleImage({ name: text, dockerfile: `${text}/Dockerfile`, scan: sampleScan({ findings: [findingOf(text)] }) }),
  );
  writeFileSync(join(cwd, 'saved.json'), JSON.stringify(sampleReport({ images })));
  return cwd;
}

const findingOf = (text: string) => sampleFinding({ id: text, title: text, package: { name: text } });

// biome-ignore lint/suspicious/noControlCharactersInRegex: this is what a colour is on a terminal.
const colour = /\u001b\[(?:1|2|22|3[1-3]|39)m/g;

function expectNoSteering(shown: string): void {
  expect(shown.replaceAll('\r\n', '\n').replace(colour, '')).not.toMatch(/(?![\n\t])[\p{Cc}\p{Cf}]/u);
  expect(shown).not.toContain('\u001b[31mred');
}

describe('a terminal with colours', () => {
  test.each([
    ['detect', ['detect']],
    ['detect --verbose', ['detect', '--verbose']],
    ['report', ['report', 'saved.json']],
    ['policy test', ['policy', 'test', 'saved.json']],
    ['check', ['check', '--deadline=5s', '--mirror=docker.io=127.0.0.1:1']],
    ['update', ['update', '--deadline=5s', '--mirror=docker.io=127.0.0.1:1']],
    ['an operand', ['report', `none ${hostileTexts.join(' ').replaceAll("'", '')}`]],
  ])('is steered by nothing but our own colours: %s', async (_, args) => {
    const { stdout } = await runOnTerminal(args, hostileFolder());
    expect(stdout).toMatch(colour);
    expectNoSteering(stdout);
  });
});

test('a diff steers no terminal by the colours of the file', async () => {
  const comments = hostileTexts.map((text) => `# ${text.replaceAll(/[\r\n\u2028\u0085]/g, '')}\u001b[8m\n`).join('');
  const cwd = repository({ Dockerfile: `${comments}FROM debian:12\n# \u001b[8mhidden\n` });
  const { stdout } = await runOnTerminal(['update', '--pin-digests', `--mirror=docker.io=${shop.host}`], cwd);
  expect(stdout).toContain('+FROM debian:12@sha256:');
  expect(stdout).toContain('hidden');
  expectNoSteering(stdout);
});

test('policy test is one command in two words', async () => {
  const cwd = repository({});
  const images = [sampleImage({ scan: sampleScan({ findings: [sampleFinding()] }) })];
  writeFileSync(join(cwd, 'saved.json'), JSON.stringify(sampleReport({ images })));
  const run = (...args: readonly string[]) =>
    runProcess(process.execPath, [bundles().cli, ...args, '--format=json'], { env, cwd });
  const [words, word, lenient] = await Promise.all([
    run('policy', 'test', 'saved.json'),
    run('policy-test', 'saved.json'),
    run('policy', 'test', 'saved.json', '--severity-threshold=none'),
  ]);
  expect([words.code, word.code]).toEqual([1, 1]);
  expect(words.stdout).toBe(word.stdout);
  const report: RefreshReport = JSON.parse(lenient.stdout);
  expect([lenient.code, report.images[0]?.gate?.verdict]).toEqual([0, 'pass']);
});
