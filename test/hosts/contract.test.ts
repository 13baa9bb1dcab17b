import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Annotation, Host } from '../../core/ports.ts';
import { reportFormats } from '../../core/report/formats.ts';
import { bundleDriver } from './bundle-driver.ts';
import type { Call } from './driver.ts';
import { type HostEnvironment, hostEnvironment, readEnvironmentFile } from './environment.ts';
import { hostileTexts } from './hostile.ts';
import { azureFormattedLines, azureLogCommands, githubLogCommands } from './log-grammar.ts';

// Processes and browsers are slow on a machine that does much else.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

let driver: Awaited<ReturnType<typeof bundleDriver>>;
beforeAll(async () => {
  driver = await bundleDriver();
});
afterAll(() => driver.close());

const kinds = ['cli', 'github', 'azure'] as const;
const inputs = {
  'severity-threshold': 'medium',
  platform: 'linux/amd64\nlinux/arm64',
  'registry-password': 'hunter22',
};

function environmentOf(kind: Host['kind'], given: Record<string, string> = inputs): HostEnvironment {
  const environment = hostEnvironment(kind, given);
  return kind === 'cli'
    ? { ...environment, env: { ...environment.env, HOST_INPUTS: JSON.stringify(given), GITHUB_ACTIONS: 'true' } }
    : environment;
}

async function drive(kind: Host['kind'], calls: readonly Call[], environment = environmentOf(kind)) {
  const ended = await driver.run(kind, environment, calls);
  const log = `${ended.stdout}\n${ended.stderr}`;
  // task-lib tells what it does by debug commands of its own.
  const azure = azureLogCommands(log).filter(({ name }) => name !== 'task.debug');
  return { ...ended, environment, log, github: githubLogCommands(log), azure };
}

function annotation(message: string): Annotation {
  return { level: 'warning', message, path: 'web/Dockerfile', line: 3, title: 'stale base' };
}

describe.each(kinds)('%s', (kind) => {
  test('knows its kind and reads inputs by their catalogue name', async () => {
    const names = [...Object.keys(inputs), 'config', 'registry-credentials'];
    const { answers } = await drive(
      kind,
      names.map((name) => ({ call: 'input', name }) as const),
    );
    expect(answers.kind).toBe(kind);
    expect(answers.inputs).toMatchObject(inputs);
    expect(answers.inputs.config ?? '').toBe('');
    expect(answers.inputs['registry-credentials'] ?? '').toBe('');
  });

  test('keeps secret inputs from the environment and from the log', async () => {
    const { answers, log } = await drive(kind, [{ call: 'input', name: 'registry-password' }]);
    expect(log).not.toContain('hunter22');
    const inEnvironment = Object.entries(answers.env).filter(([name]) => name !== 'HOST_INPUTS');
    expect(JSON.stringify(inEnvironment)).not.toContain('hunter22');
  });

  test('masks what it is told is secret', async () => {
    const { log, github, azure, stderr } = await drive(kind, [
      { call: 'secret', value: 'correct-horse' },
      { call: 'log', level: 'info', message: 'the password is correct-horse' },
    ]);
    if (kind === 'github') expect(github[0]).toMatchObject({ name: 'add-mask', data: 'correct-horse' });
    if (kind === 'azure') expect(azure[0]).toMatchObject({ name: 'task.setsecret', data: 'correct-horse' });
    if (kind === 'cli') expect(stderr).toBe('the password is ***\n');
    if (kind === 'cli') expect(log).not.toContain('correct-horse');
  });

  test('warns of a secret that is too short to be masked, once, and masks none of it', async () => {
    const { log, github, azure } = await drive(kind, [
      { call: 'secret', value: 'on' },
      { call: 'secret', value: 'is' },
      { call: 'log', level: 'info', message: 'the password is on the table' },
    ]);
    expect(log.split('a secret has fewer than 4 characters and is not masked; use a longer one')).toHaveLength(2);
    expect(log).toContain('the password is on the table');
    expect([...github, ...azure].map(({ name }) => name)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/add-mask|setsecret/)]),
    );
  });

  test('prints a JSON document that reads back whole', async () => {
    const document = { schemaVersion: 1, text: hostileTexts };
    const { stdout, github, azure } = await drive(kind, [{ call: 'print', text: JSON.stringify(document, null, 2) }]);
    expect(JSON.parse(stdout.slice(stdout.indexOf('{\n'), stdout.lastIndexOf('}') + 1))).toEqual(document);
    if (kind === 'cli') expect(JSON.parse(stdout)).toEqual(document);
    expect([...github, ...azure]).toEqual([]);
  });

  test.each(['info', 'debug'] as const)('hostile text at level %s is no command', async (level) => {
    const calls = hostileTexts.map((message) => ({ call: 'log', level, message }) as const);
    const { log, github, azure } = await drive(kind, calls, environmentOf(kind, { verbose: 'true' }));
    expect([...github, ...azure]).toEqual([]);
    expect(azureFormattedLines(log)).toEqual([]);
  });

  test.each(['warning', 'error'] as const)(
    'hostile text at level %s is the data of its own issue at most',
    async (level) => {
      const calls = hostileTexts.map((message) => ({ call: 'log', level, message }) as const);
      const { log, github, azure } = await drive(kind, calls);
      const issues = kind === 'github' ? github : azure;
      expect(azureFormattedLines(log)).toEqual([]);
      expect(issues.map(({ name }) => name)).toEqual(
        kind === 'cli' ? [] : Array(10).fill(kind === 'github' ? level : 'task.issue'),
      );
      if (kind !== 'cli') expect(log).toContain(`${level}: gnp.exe`);
    },
  );

  test('a group has its lines between its begin and its end, and a hostile title is no command', async () => {
    const title = hostileTexts.join(' ');
    const { log, github, azure } = await drive(kind, [{ call: 'group', title, lines: ['web: scanned'] }]);
    const groups = github.filter(({ name }) => name === 'group' || name === 'endgroup');
    const formatted = azureFormattedLines(log);
    expect(log).toContain('web: scanned');
    expect([...github, ...azure]).toEqual(groups);
    expect(groups.map(({ name }) => name)).toEqual(kind === 'cli' ? [] : ['group', 'endgroup']);
    expect(formatted).toHaveLength(kind === 'azure' ? 2 : 0);
    if (kind === 'azure') expect(log).toMatch(/^##\[group\].*$\n(?:.*\n)*web: scanned\n##\[endgroup\]$/m);
  });

  test('hostile annotations, tables and endings are no commands', async () => {
    const hostile = hostileTexts.join(' ');
    const { log, github, azure } = await drive(kind, [
      { call: 'annotate', annotation: { ...annotation(hostile), path: `${hostileTexts.join('')}/Dockerfile` } },
      { call: 'print', text: hostileTexts.join('\n') },
      { call: 'conclude', conclusion: 'succeeded', message: hostile },
    ]);
    expect(azureFormattedLines(log)).toEqual([]);
    const allowed: Record<Host['kind'], readonly string[]> = {
      cli: [],
      github: ['warning'],
      azure: ['task.logissue', 'task.complete'],
    };
    const found = kind === 'azure' ? azure : kind === 'github' ? github : [];
    expect(found.map(({ name }) => name).sort()).toEqual([...allowed[kind]].sort());
    if (kind !== 'azure') expect(azure).toEqual([]);
  });

  test('shows an annotation at its file and line', async () => {
    const { stdout, stderr } = await drive(kind, [{ call: 'annotate', annotation: annotation('100 % stale: x, y') }]);
    const shown = {
      cli: 'web/Dockerfile:3: warning: 100 % stale: x, y',
      github: '::warning title=stale base,file=web/Dockerfile,line=3::100 %25 stale: x, y',
      azure: '##vso[task.logissue type=warning;sourcepath=web/Dockerfile;linenumber=3;]100 %AZP25 stale: x, y',
    };
    expect(kind === 'cli' ? stderr : stdout).toContain(`${shown[kind]}\n`);
  });

  test('hands outputs on', async () => {
    const value = '[{"name":"a","image":"x;y]%"}]\n2';
    const { environment, stdout, stderr } = await drive(kind, [
      { call: 'setOutput', name: 'stale-count', value },
      { call: 'setOutput', name: 'matrix', value: '' },
    ]);
    if (kind === 'github') {
      expect(readEnvironmentFile(environment.file('OUTPUT'))).toEqual({ 'stale-count': value, matrix: '' });
    }
    if (kind === 'azure') {
      expect(stdout).toContain(
        '##vso[task.setvariable variable=staleCount;isOutput=true;issecret=false;][{"name":"a","image":"x;y]%AZP25"}]%0A2\n',
      );
    }
    if (kind === 'cli') expect(stdout + stderr).toBe('');
  });

  test('shows the summary where there is a place for it', async () => {
    const environment = environmentOf(kind);
    const path = join(environment.folder, 'summary.md');
    writeFileSync(path, '# S\n');
    const { azure, stdout } = await drive(kind, [{ call: 'summarise', markdown: '# S\n', path }], environment);
    if (kind === 'github') expect(environment.file('STEP_SUMMARY')).toBe('# S\n');
    if (kind === 'azure') expect(azure).toEqual([{ reader: 'azure', name: 'task.uploadsummary', data: path }]);
    if (kind === 'cli') expect(stdout).toBe('');
  });

  test.each([
    ['succeeded', 0, 'Succeeded'],
    ['policy-failed', 1, 'Failed'],
    ['usage-error', 1, 'Failed'],
    ['incomplete', 1, 'Failed'],
  ] as const)('ends %s', async (conclusion, exitCode, result) => {
    const { code, azure, stdout } = await drive(kind, [{ call: 'conclude', conclusion, message: 'that is all' }]);
    // The command line's own exit codes are its entry point's; a task tells its result by a command.
    expect(code).toBe(kind === 'github' ? exitCode : 0);
    if (kind === 'azure') expect(azure.at(-1)).toMatchObject({ name: 'task.complete', data: 'that is all' });
    if (kind === 'azure') expect(stdout).toContain(`task.complete result=${result};]`);
  });

  test('does not tell the last error twice', async () => {
    const { log } = await drive(kind, [
      { call: 'log', level: 'error', message: 'ghcr.io: answered 401.' },
      { call: 'conclude', conclusion: 'incomplete', message: 'ghcr.io: answered 401.' },
    ]);
    const told = log.split('\n').filter((line) => line.includes('answered 401') && !line.includes('task.complete'));
    expect(told).toHaveLength(1);
  });
});

test('Azure: warnings make the task succeed with issues, annotations alone do not', async () => {
  const end = { call: 'conclude', conclusion: 'succeeded', message: 'done' } as const;
  const stale = await drive('azure', [{ call: 'annotate', annotation: annotation('stale') }, end]);
  expect(stale.stdout).toContain('##vso[task.complete result=Succeeded;]done');
  const warned = await drive('azure', [{ call: 'log', level: 'warning', message: 'slow' }, end]);
  expect(warned.stdout).toContain('##vso[task.complete result=SucceededWithIssues;]done');
});

test('Azure: report files go where each is shown', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bir-attached-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const files = (['html', 'sarif', 'junit', 'json'] as const).map((name) => {
    const { file, mediaType } = reportFormats[name];
    writeFileSync(join(folder, file), 'report');
    return { path: join(folder, file), mediaType };
  });
  const { azure, stdout } = await drive('azure', [
    { call: 'attach', files },
    { call: 'conclude', conclusion: 'policy-failed', message: 'Refused by policy.' },
  ]);
  expect(azure.map(({ name }) => name)).toEqual([
    'artifact.upload',
    'results.publish',
    'task.addattachment',
    'task.addattachment',
    'task.issue',
    'task.complete',
  ]);
  expect(stdout).toContain(
    `##vso[task.addattachment type=base-image-refresh.html;name=policy-failed.job.html;]${folder}/report.html`,
  );
  expect(stdout).toContain('##vso[artifact.upload containerfolder=CodeAnalysisLogs;artifactname=CodeAnalysisLogs;]');
});

test('Azure: an output that no variable can hold is left out with a word', async () => {
  const { azure, stdout } = await drive('azure', [{ call: 'setOutput', name: 'images', value: 'x'.repeat(30_001) }]);
  expect(azure.map(({ name }) => name)).toEqual(['task.issue']);
  expect(stdout).toContain('output images is longer than a variable can be; read it from the saved report');
});

describe('command line', () => {
  const message = 'x ##[add-mask]e ::error::y';

  test.each([
    [{ GITHUB_ACTIONS: 'true' }, 'x # #[add-mask]e ::error::y\n'],
    [{ TF_BUILD: 'True' }, 'x # #[add-mask]e ::error::y\n'],
    [{ CI: 'true' }, 'x # #[add-mask]e ::error::y\n'],
    [{ CI: 'false' }, `${message}\n`],
    [{}, `${message}\n`],
  ])('in %j it minds the log reader', async (env, expected) => {
    const environment = hostEnvironment('cli', {});
    const { stderr } = await drive('cli', [{ call: 'log', level: 'info', message }], {
      ...environment,
      env: { ...environment.env, ...env },
    });
    expect(stderr).toBe(expected);
  });

  test('debug lines are for --verbose', async () => {
    const calls = [{ call: 'log', level: 'debug', message: 'why' }] as const;
    expect((await drive('cli', calls)).stderr).toBe('');
    expect((await drive('cli', calls, environmentOf('cli', { verbose: 'true' }))).stderr).toBe('why\n');
  });
});
