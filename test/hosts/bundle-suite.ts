import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { TestRegistry } from '../../testing/registry.ts';
import { useBundles } from './bundles.ts';
import { type HostEnvironment, hostEnvironment } from './environment.ts';
import { azureFormattedLines, azureLogCommands, githubLogCommands } from './log-grammar.ts';
import { type Ended, runProcess } from './run.ts';
import { startShop } from './shop.ts';

export interface BundleRun extends Ended {
  readonly environment: HostEnvironment;
  readonly log: string;
}

/** Folder names and Dockerfiles that try to be commands of the log wherever they are told. */
const hostileFiles: Readonly<Record<string, string>> = {
  'a\n::add-mask::e/Dockerfile': 'FROM debian:12\n',
  'b\r##[add-mask]e/Dockerfile': 'FROM debian:12\n',
  'c ##vso[task.setvariable variable=PATH]x/Dockerfile': 'FROM debian:12\n',
  'd\u001b[2K::stop-commands::x/Dockerfile': 'FROM debian:12\n',
  'e/Dockerfile': 'FROM ##[add-mask]e\r::error::x\n',
  'f/Dockerfile': 'FROM scratch\nRUN --mount=::add-mask::e true\nUNKNOWN ##vso[task.complete result=Succeeded]\n',
};

/** What every host's bundle has to do as a process of its own, with the environment that its host sets. */
export function bundleSuite(kind: 'github' | 'azure', node: () => string): void {
  // Processes are slow on a machine that does much else.
  vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });
  const bundles = useBundles();
  let shop: TestRegistry;
  beforeAll(async () => {
    shop = await startShop();
  });
  afterAll(() => shop.close());

  async function run(inputs: Record<string, string>, files: Readonly<Record<string, string>>): Promise<BundleRun> {
    const environment = hostEnvironment(kind, inputs);
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(environment.folder, name)), { recursive: true });
      writeFileSync(join(environment.folder, name), text);
    }
    const bundle = kind === 'github' ? bundles().action : bundles().task;
    const ended = await runProcess(node(), [bundle], { env: environment.env, cwd: environment.folder });
    return { ...ended, environment, log: `${ended.stdout}\n${ended.stderr}` };
  }

  // What the host's own library says: these names, and the text of others only as their data.
  const own = {
    github: ['debug', 'error', 'warning', 'notice'],
    azure: [
      'task.debug',
      'task.issue',
      'task.logissue',
      'task.complete',
      'task.setvariable',
      'task.uploadsummary',
      'task.addattachment',
      'artifact.upload',
      'results.publish',
      'task.setsecret',
    ],
  };

  function expectInert({ log }: BundleRun): void {
    expect(githubLogCommands(log).filter(({ name }) => kind !== 'github' || !own.github.includes(name))).toEqual([]);
    expect(azureLogCommands(log).filter(({ name }) => kind !== 'azure' || !own.azure.includes(name))).toEqual([]);
    expect(githubLogCommands(log).filter(({ reader }) => reader === 'github-legacy')).toEqual([]);
    expect(azureFormattedLines(log)).toEqual([]);
    expect(log).not.toMatch(/add-mask[^\n]*::e$/m);
    expect(log).not.toMatch(/^\s+at /m);
  }

  const check = () => ({
    command: 'check',
    mirror: `docker.io=${shop.host}`,
    image: `${shop.host}/acme/web:1`,
    'output-dir': 'out',
  });

  test('a check finds the stale image, shows it on its FROM line and ends well', async () => {
    const ended = await run(check(), { Dockerfile: '# the shop\nFROM debian:12\n' });
    expectInert(ended);
    expect(ended.code).toBe(0);
    expectResult(kind, ended);
  });

  test('fail-on stale makes it fail', async () => {
    const ended = await run({ ...check(), 'fail-on': 'stale' }, { Dockerfile: 'FROM debian:12\n' });
    expect(endOf(kind, ended)).toBe('failed');
  });

  test.each(['table', 'json'])('hostile names and Dockerfiles become no commands, as %s', async (format) => {
    const ended = await run({ command: 'detect', format }, hostileFiles);
    expectInert(ended);
    expect(endOf(kind, ended)).toBe('failed');
    expect(ended.log).toContain('debian:12');
    if (format === 'table') return;
    const document = ended.stdout.slice(ended.stdout.indexOf('{\n'), ended.stdout.lastIndexOf('\n}') + 2);
    const { dockerfiles } = JSON.parse(document);
    expect(dockerfiles.map(({ path }: { path: string }) => path)).toEqual(Object.keys(hostileFiles));
  });

  test('hostile inputs and configuration become no commands', async () => {
    const key = '"##[add-mask]e\\r::add-mask::e ##vso[task.complete result=Succeeded;]": 1';
    const ended = await run({ command: 'check' }, { Dockerfile: 'FROM debian:12\n', '.base-image-refresh.yml': key });
    expectInert(ended);
    expect(endOf(kind, ended)).toBe('failed');
    expect(ended.log).toContain('.base-image-refresh.yml:1: ');
  });

  test('what is said of an image is one group of the log', async () => {
    const names = ['one', 'two'].map((name) => `${shop.host}/acme/${name}:1`);
    const ended = await run({ command: 'scan', image: names.join('\n'), 'scanner-path': process.execPath }, {});
    const mark = kind === 'github' ? '::' : '##[';
    const lines = ended.stdout
      .split(/\r?\n/)
      .map((line) => line.replace(/^(?:::|##\[)(group|endgroup)(?:::|\])/, `${mark}$1 `));
    const groups = lines
      .join('\n')
      .split(`${mark}group `)
      .slice(1)
      .map((group) => group.split(`\n${mark}endgroup `)[0] ?? '');
    expect(groups.map((group) => group.split('\n', 1)[0])).toEqual(
      expect.arrayContaining(names.map((name) => expect.stringMatching(new RegExp(`^${name} \\(\\d+ s\\)$`)))),
    );
    for (const group of groups) {
      expect(group).toContain('there is no such image');
      expect(names.filter((name) => group.includes(name))).toHaveLength(1);
    }
    expect(groups).toHaveLength(2);
  });

  test('an image that cannot be checked fails the step', async () => {
    const ended = await run({ ...check(), mirror: 'docker.io=127.0.0.1:1' }, { Dockerfile: 'FROM debian:12\n' });
    expectInert(ended);
    expect(endOf(kind, ended)).toBe('failed');
  });
}

function endOf(kind: 'github' | 'azure', { code, stdout }: BundleRun): 'succeeded' | 'failed' {
  if (kind === 'github') return code === 0 ? 'succeeded' : 'failed';
  expect(code).toBe(0);
  const results = [...stdout.matchAll(/##vso\[task\.complete result=(\w+);\]/g)].map(([, result]) => result);
  expect(results).toHaveLength(1);
  return results[0] === 'Failed' ? 'failed' : 'succeeded';
}

function expectResult(kind: 'github' | 'azure', ended: BundleRun): void {
  if (kind === 'github') {
    const output = ended.environment.file('OUTPUT');
    expect(output).toMatch(/^stale<<(\S+)\ntrue\n\1$/m);
    expect(output).toMatch(/^stale-count<<(\S+)\n1\n\1$/m);
    expect(output).toMatch(/^report<<(\S+)\n.*\/out\/report\.json\n\1$/m);
    expect(output).toMatch(/^matrix<<(\S+)\n\{"include":\[\{.*\n\1$/m);
    expect(ended.environment.file('STEP_SUMMARY')).toContain('debian:12');
    expect(ended.environment.file('ENV') + ended.environment.file('PATH')).toBe('');
    expect(ended.stdout).toMatch(/^::warning title=[^:]*,file=Dockerfile,line=2::/m);
    return;
  }
  expect(ended.stdout).toContain('##vso[task.setvariable variable=stale;isOutput=true;issecret=false;]true\n');
  expect(ended.stdout).toContain('##vso[task.setvariable variable=staleCount;isOutput=true;issecret=false;]1\n');
  expect(ended.stdout).toMatch(/##vso\[task\.uploadsummary\]\/.*\.md\n/);
  expect(ended.stdout).toMatch(/##vso\[task\.addattachment type=base-image-refresh\.html;name=[\w.-]+\.html;\]/);
  expect(ended.stdout).toMatch(/##vso\[task\.logissue type=warning;[^\]]*sourcepath=Dockerfile;linenumber=2;\]/);
  expect(ended.stdout).toContain('##vso[task.complete result=Succeeded;]');
}
