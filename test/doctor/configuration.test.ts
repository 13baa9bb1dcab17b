import { expect, test } from 'vitest';
import { exceptionFindings } from '../../core/doctor/configuration/checks.ts';
import { type Written, writtenSecretFindings } from '../../core/doctor/configuration/secrets.ts';
import { doctor } from './support.ts';

const dockerfile = { Dockerfile: 'FROM debian:12\n' };
const offline = { inputs: { offline: 'true' } };
const written = (key: string, text: string, isArgument = false): Written => ({ where: 'f:1', key, text, isArgument });

test.each<[string, string, string]>([
  ['ghp_0123456789abcdefghijABCDEFGHIJ012345', 'problem', 'a token of GitHub'],
  ['github_pat_0123456789abcdefghij_ABCDEFGHIJ012345', 'problem', 'a token of GitHub'],
  ['glpat-0123456789abcdefghij', 'problem', 'a token of GitLab'],
  ['dckr_pat_0123456789abcdefghijklm', 'problem', 'a token of Docker Hub'],
  ['npm_abcdefghijklmnopqrstuvwxyz0123456789', 'problem', 'a token of npm'],
  ['xoxb-123456789012-abc', 'problem', 'a token of Slack'],
  ['AKIAIOSFODNN7EXAMPLE', 'problem', 'an access key of AWS'],
  ['-----BEGIN EC PRIVATE KEY-----', 'problem', 'a private key'],
  ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl', 'problem', 'a JSON web token'],
  ['https://bot:hunter22@git.example/x', 'problem', 'a password in an address'],
])('%s is a secret wherever it stands, and is not repeated', (text, state, name) => {
  const [finding, ...more] = writtenSecretFindings([written('scanner.path', `see ${text}`)]);
  expect(finding).toMatchObject({ state, subject: 'f:1', detail: `scanner.path holds ${name} in plain text` });
  expect(JSON.stringify(finding)).not.toContain(text);
  expect(more).toEqual([]);
});

test.each<[string, string, boolean, number]>([
  ['build-args.NPM_TOKEN', 'hunter2', true, 1],
  ['DB_PASSWORD', 'hunter2', true, 1],
  ['build-args.NPM_TOKEN', '', true, 0],
  ['build-args.NPM_TOKEN', '${{ secrets.NPM_TOKEN }}', true, 0],
  ['build-args.NPM_TOKEN', '$(npmToken)', true, 0],
  ['build-args.TOKENIZER', 'bpe', true, 0],
  ['sign.token', 'hunter2', false, 0],
  ['mirror', 'https://mirror.example/hub', false, 0],
])('%s: %s as an argument looks like a secret', (key, text, isArgument, count) => {
  expect(writtenSecretFindings([written(key, text, isArgument)])).toHaveLength(count);
});

test('exceptions that have ended, that end soon, and that hold', () => {
  const today = new Date('2026-11-21T09:00:00Z');
  const until = (id: string, expires?: string) => ({ id, reason: 'x', ...(expires === undefined ? {} : { expires }) });
  const findings = exceptionFindings(
    [
      { ...until('A', '2026-11-20'), package: 'zlib', source: '.trivyignore:3' },
      { ...until('B', '2026-11-21'), owner: 'ops' },
      until('C', '2026-12-04'),
      until('D', '2026-12-06'),
      until('E'),
    ],
    today,
  );
  expect(findings.map(({ state, subject, detail }) => `${state} ${subject} ${detail}`)).toEqual([
    'warning exception A in zlib expired on 2026-11-20 (in .trivyignore:3) and no longer applies',
    'warning exception B expires on 2026-11-21 (of ops)',
    'warning exception C expires on 2026-12-04',
  ]);
  expect(exceptionFindings([until('D', '2026-12-06')], today)).toMatchObject([{ state: 'ok' }]);
  expect(exceptionFindings([], today)).toEqual([]);
});

test('a file that the policy names and that is not there ends with 2, and its exceptions are told all the same', async () => {
  const config = {
    gate: { 'ignore-files': ['.trivyignore'], exceptions: [{ id: 'CVE-2020-1', reason: 'x', expires: '2020-01-01' }] },
    tests: { structure: ['tests.yaml'] },
  };
  const { of, conclusion } = await doctor(
    { ...dockerfile, '.base-image-refresh.yml': JSON.stringify(config) },
    offline,
  );
  expect(of('config-file')).toMatchObject([{ state: 'ok', detail: 'is valid' }]);
  expect(of('named-files')).toMatchObject([
    {
      state: 'problem',
      subject: '.trivyignore',
      detail: expect.stringContaining('gate.ignore-files'),
      remedy: expect.stringContaining('correct the path'),
    },
    { state: 'problem', subject: 'tests.yaml', detail: expect.stringContaining('tests.structure') },
  ]);
  expect(of('exceptions')).toMatchObject([{ state: 'warning', subject: 'exception CVE-2020-1' }]);
  expect(conclusion).toBe('usage-error');
});

test('files that can be read are counted, and what of them is not taken over is told', async () => {
  const config = { gate: { 'ignore-files': ['.trivyignore'] } };
  const files = {
    ...dockerfile,
    '.trivyignore': 'CVE-2020-1 exp:2020-01-01\n',
    '.base-image-refresh.yml': JSON.stringify(config),
  };
  const { of } = await doctor(files, offline);
  expect(of('named-files')[0]).toMatchObject({ state: 'ok', detail: '1 file named there can be read' });
  expect(of('exceptions')).toMatchObject([
    { state: 'warning', detail: expect.stringContaining('(in .trivyignore:1)') },
  ]);
});

test('data of exploitation that are too old are a warning', async () => {
  const files = {
    ...dockerfile,
    'kev.json': '{"catalogVersion": "2020.01.01", "vulnerabilities": [{"cveID": "CVE-2020-1"}]}',
    '.base-image-refresh.yml': 'gate: { known-exploited-file: kev.json }\n',
  };
  const { of } = await doctor(files, offline);
  expect(of('named-files')).toMatchObject([
    { state: 'ok', detail: '1 file named there can be read' },
    {
      state: 'warning',
      detail:
        'kev.json is of 2020-01-01, older than the 30 days that known-exploited-max-age allows, so that it counts as unknown',
      remedy: 'download it anew before a run',
    },
  ]);
});

test('an entry of no Dockerfile is told, and what there is is examined', async () => {
  const config = { images: [{ dockerfile: 'gone/Dockerfile', image: 'ghcr.io/acme/gone' }] };
  const { of, conclusion } = await doctor(
    { ...dockerfile, '.base-image-refresh.yml': JSON.stringify(config) },
    offline,
  );
  expect(of('image-entries')).toMatchObject([
    { state: 'problem', detail: expect.stringContaining('images names gone/Dockerfile') },
  ]);
  expect(of('dockerfiles')).toMatchObject([{ state: 'ok', detail: '1 file can be read' }]);
  expect(conclusion).toBe('usage-error');
});

test('secrets in the configuration are told by line and never shown', async () => {
  const config = 'build-args:\n  API_TOKEN: hunter2\n  GH: ghp_0123456789abcdefghijABCDEFGHIJ012345\n';
  const { of, printed } = await doctor({ ...dockerfile, '.base-image-refresh.yml': config }, offline);
  expect(of('secrets').map(({ state, subject }) => `${state} ${subject}`)).toEqual([
    'warning .base-image-refresh.yml:2',
    'problem .base-image-refresh.yml:3',
  ]);
  expect(printed).not.toMatch(/hunter2|ghp_/);
});

test('every problem of the file is found at once', async () => {
  const { document } = await doctor(
    { '.base-image-refresh.yml': 'enigne: auto\nconcurrency: 100\n' },
    { inputs: { offline: 'true' } },
  );
  const problems = document.checks.filter(({ state, subject }) => state === 'problem' && subject.startsWith('.base'));
  expect(problems.map(({ subject, detail }) => `${subject}: ${detail}`)).toEqual([
    '.base-image-refresh.yml:1: enigne is not a key of the configuration',
    '.base-image-refresh.yml:2: concurrency cannot be "100"',
  ]);
});
