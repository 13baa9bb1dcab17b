import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Digest } from '../../core/oci/digest.ts';
import { digestOf } from '../../core/oci/digest.ts';
import { adapters } from '../../core/scan/adapters/adapters.ts';
import { severityOfWord } from '../../core/scan/adapters/words.ts';
import { createScanner } from '../../core/scan/choose.ts';
import type { ScanTarget } from '../../core/scan/scanner.ts';
import { namesOf } from '../../core/table.ts';
import { createWorld } from '../../core/world.ts';
import { basicRegistries } from '../support/basic-registry.ts';
import { changed, config, type Path } from './support.ts';

const digest = `sha256:${'a'.repeat(64)}` as Digest;
const imageId = `sha256:${'c'.repeat(64)}` as Digest;
const other = `sha256:${'b'.repeat(64)}`;
const target: ScanTarget = {
  reference: { registry: 'registry.example:5000', repository: 'library/debian', digest },
  platform: { os: 'linux', architecture: 'amd64' },
  imageId,
  baseLayers: [],
};
const image = `registry.example:5000/library/debian@${digest}`;
const documented = fileURLToPath(new URL('bin/documented', import.meta.url));

interface Expected {
  /** What it prints when it is asked for its version. */
  readonly says: string;
  readonly version: string;
  readonly env: Readonly<Record<string, string>>;
  readonly findings: readonly string[];
}

/** What each tool says of its version, how it is set up, and what test/fixtures/scanners/NAME.json holds. */
const tools: Readonly<Record<keyof typeof adapters, Expected>> = {
  twistcli: {
    says: 'twistcli version 33.03.138',
    version: '33.03.138',
    env: { TWISTLOCK_ADDRESS: 'https://console.example', TWISTLOCK_USER: 'ci', TWISTLOCK_PASSWORD: 's3cret' },
    findings: ['CVE-2026-75803 critical openssl', 'CVE-2026-103111 high pcre2', 'CVE-2026-4 medium lodash'],
  },
  aqua: {
    says: '2026.4.461',
    version: '2026.4.461',
    env: { AQUA_SERVER: 'https://aqua.example', AQUA_TOKEN: 's3cret' },
    findings: [
      'CVE-2026-75803 critical libssl3',
      'CVE-2026-103111 high libpcre2-8-0',
      'CVE-2026-4 negligible /app/tool',
    ],
  },
  snyk: {
    says: '1.1301.2 (standalone)',
    version: '1.1301.2',
    env: { SNYK_TOKEN: 's3cret' },
    findings: [
      'CVE-2026-75803 critical libssl3',
      'SNYK-DEBIAN12-PCRE2-15100002 low libpcre2-8-0',
      'CVE-2021-23337 high lodash',
    ],
  },
  scout: {
    says: 'version: v1.18.3 (go1.24.5 - linux/amd64)',
    version: '1.18.3',
    env: { DOCKER_SCOUT_HUB_USER: 'acme', DOCKER_SCOUT_HUB_PASSWORD: 's3cret' },
    findings: ['CVE-2026-75803 critical openssl', 'CVE-2026-103111 low pcre2', 'CVE-2026-103111 low lodash'],
  },
  'defender-cli': {
    says: '1.0.2+abc',
    version: '1.0.2',
    env: { DEFENDER_TENANT_ID: 't', DEFENDER_CLIENT_ID: 'c', DEFENDER_CLIENT_SECRET: 's3cret' },
    findings: ['CVE-2026-75803 critical libssl3', 'CVE-2026-103111 medium libpcre2-8-0'],
  },
};
type Tool = keyof typeof adapters;

function fixtureOf(tool: Tool): string {
  return readFileSync(new URL(`../fixtures/scanners/${tool}.json`, import.meta.url), 'utf8');
}

interface Setup {
  readonly report?: string;
  readonly behaviour?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly target?: ScanTarget;
}

async function scan(tool: Tool, { report = fixtureOf(tool), behaviour = '', env, target: of = target }: Setup = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'adapter-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const adapter = adapters[tool];
  for (const name of new Set(['docker', adapter.program])) symlinkSync(documented, join(folder, name));
  writeFileSync(join(folder, 'behaviour'), behaviour);
  writeFileSync(join(folder, 'report.json'), report);
  writeFileSync(join(folder, 'version'), `${adapter.version.join(' ')}\n${tools[tool].says}\n`);
  if (adapter.reads === 'docker') writeFileSync(join(folder, 'reads-docker'), adapter.program);
  const real = createWorld();
  onTestFinished(() => real.close());
  const base = { PATH: `${folder}:/usr/bin:/bin`, HOME: folder, GITHUB_TOKEN: 'ghs_1', SYSTEM_ACCESSTOKEN: 'sys_1' };
  const spaces: string[] = [];
  const temporaryDirectory = (prefix: string) => {
    spaces.push(prefix);
    return real.files.temporaryDirectory(prefix);
  };
  const files = { ...real.files, temporaryDirectory };
  const world = { ...real, files, http: basicRegistries, env: { ...base, ...(env ?? tools[tool].env) } };
  const secrets: string[] = [];
  const credentials = { 'registry.example:5000': { username: 'reader', password: 'p:ss' } };
  const settings = { ...config({}, { credentials }), scanner: { tool, skipDatabaseUpdate: true } };
  const scanner = createScanner(world, settings, { secret: (value) => void secrets.push(value) });
  const written = (name: string) => readFileSync(join(folder, name), 'utf8');
  const outcome = await scanner.scan(of).then(
    (made) => ({ made, message: '' }),
    (error: Error) => ({ made: undefined, message: error.message }),
  );
  return { ...outcome, secrets, spaces, written };
}

test.each([
  ['Important', 'high'],
  [' none ', 'negligible'],
  ['constructor', 'unknown'],
  ['__proto__', 'unknown'],
])('the severity %j is %s', (word, severity) => {
  expect(severityOfWord(word)).toBe(severity);
});

describe.each(namesOf(adapters))('%s', (tool) => {
  const { version, findings } = tools[tool];
  const { program } = adapters[tool];

  test('gives what its documented report says', async () => {
    const { made, message, spaces } = await scan(tool);
    expect(message).toBe('');
    // Its version is asked only where the report does not say it: what nobody waits for would write to a folder that goes.
    const isSaid = JSON.parse(fixtureOf(tool)).runs?.[0].tool.driver.version !== undefined;
    expect(spaces).toEqual(isSaid ? ['scan'] : ['scan', 'version']);
    expect(made?.findings.map(({ id, severity, package: { name } }) => `${id} ${severity} ${name}`)).toEqual(findings);
    expect(made?.findings.every(({ owner, platforms }) => owner === 'unknown' && platforms[0] === 'linux/amd64')).toBe(
      true,
    );
    expect(made?.scanner).toMatchObject({ version, database: null, binary: digestOf(readFileSync(documented)) });
  });

  test('gets its own secrets by its own variables, and none of the job', async () => {
    const { written, secrets } = await scan(tool);
    const env = written(`${program}.env`);
    for (const [name, value] of Object.entries(tools[tool].env)) expect(env).toContain(`${name}=${value}\n`);
    expect(env).not.toMatch(/ghs_1|sys_1/);
    expect(written(`${program}.args`)).not.toMatch(/s3cret|p:ss/);
    expect(secrets).toContain('s3cret');
  });

  test.each(Object.keys(tools[tool].env))('is not started without %s', async (name) => {
    const { [name]: _, ...env } = tools[tool].env;
    const { message } = await scan(tool, { env });
    const optional = name === 'AQUA_TOKEN';
    if (optional) expect(message).toBe('');
    else expect(message).toMatch(new RegExp(`needs ${name}.* in the environment; set it for this step`));
  });

  test.each([
    ['license', 'license has expired'],
    ['auth', 'it ended with exit code 2: error: authentication failed: status 401'],
    ['silent', 'made no report: it ended with exit code 0'],
    ['empty', 'report is empty'],
    ['torn', 'report is not whole JSON'],
    ['exit-3', 'made no report: it ended with exit code 3'],
    ['exit-125', 'made no report: it ended with exit code 125'],
  ])('that fails (%s) is a failure', async (behaviour, words) => {
    const { made, message } = await scan(tool, { behaviour });
    expect(made).toBeUndefined();
    expect(message).toContain(words);
  });

  test('is a failure where it is not installed', async () => {
    const real = createWorld();
    onTestFinished(() => real.close());
    const world = { ...real, env: { PATH: '/nowhere', HOME: '/nowhere', ...tools[tool].env } };
    const scanner = createScanner(world, { ...config(), scanner: { tool, skipDatabaseUpdate: true } });
    await expect(scanner.scan(target)).rejects.toThrow(`${program}: is not on PATH; install `);
  });
});

describe('a report of another image is a failure:', () => {
  test.each<readonly [Tool, string, Path, unknown]>([
    ['twistcli', other, ['results', 0, 'id'], other],
    ['aqua', other, ['digest'], other],
    [
      'snyk',
      `registry.example:5000/library/debian@${other}`,
      ['path'],
      `registry.example:5000/library/debian@${other}`,
    ],
    ['snyk', 'linux/arm64', ['platform'], 'linux/arm64'],
    ['snyk', 'registry.example:5000/library/debian:12', ['path'], 'registry.example:5000/library/debian:12'],
    ['scout', `a@${other}`, ['runs', 0, 'properties'], { repoDigests: [`a@${other}`] }],
  ])('%s, of %s', async (tool, words, path, value) => {
    let report = changed(fixtureOf(tool), path, value);
    if (tool === 'twistcli') report = changed(report, ['results', 0, 'digest'], other);
    const { message } = await scan(tool, { report });
    expect(message).toContain(`report is of ${words}`);
  });
});

describe('a report that does not add up is a failure:', () => {
  test.each<readonly [Tool, string, Path, unknown]>([
    ['twistcli', 'counts 3 vulnerabilities and lists 0', ['results', 0, 'vulnerabilities'], null],
    ['twistcli', 'is not of the known schema at results', ['results'], []],
    ['aqua', 'counts 9 vulnerabilities and lists 3', ['vulnerability_summary', 'total'], 9],
    ['snyk', 'says that all is well and lists vulnerabilities', ['ok'], true],
    ['snyk', 'is not of the known schema at vulnerabilities', ['vulnerabilities'], undefined],
    ['defender-cli', 'says that it failed', ['runs', 0, 'invocations', 0, 'executionSuccessful'], false],
  ])('%s %s', async (tool, words, path, value) => {
    expect((await scan(tool, { report: changed(fixtureOf(tool), path, value) })).message).toContain(words);
  });
});

describe("the tool's own policy", () => {
  test.each([
    ['twistcli', 'exit-1'],
    ['aqua', 'exit-4'],
    ['snyk', 'exit-1'],
  ] as const)('%s that refuses the image leaves its findings to be judged here', async (tool, behaviour) => {
    expect((await scan(tool, { behaviour })).made?.findings).toHaveLength(3);
  });

  test('explains an exit code without findings, and nothing else does', async () => {
    const clean = changed(
      changed(fixtureOf('twistcli'), ['results', 0, 'vulnerabilities'], null),
      ['results', 0, 'vulnerabilityDistribution', 'total'],
      0,
    );
    const refused = changed(clean, ['results', 0, 'complianceScanPassed'], false);
    expect((await scan('twistcli', { report: refused, behaviour: 'exit-1' })).made?.findings).toEqual([]);
    const { message } = await scan('twistcli', { report: clean, behaviour: 'exit-1' });
    expect(message).toContain('twistcli reported no findings, but it ended with exit code 1');
  });
});

describe('how the image reaches the tool', () => {
  test.each(['twistcli', 'aqua', 'defender-cli'] as const)(
    '%s: Docker pulls it by digest, with the login of its registry',
    async (tool) => {
      const { written, made } = await scan(tool, {
        target: { ...target, platform: { os: 'linux', architecture: 'arm64' } },
      });
      expect(made?.findings[0]?.platforms).toEqual(['linux/arm64']);
      expect(written('pull.args')).toBe(`pull\n--quiet\n--platform\nlinux/arm64\n${image}\n`);
      expect(written(`${adapters[tool].program}.args`)).toContain(image);
    },
  );

  test('a pull that is refused is a failure', async () => {
    const { message } = await scan('twistcli', { behaviour: 'pull-denied' });
    expect(message).toBe(
      `${image}: could not be pulled for twistcli: it ended with exit code 1: Error response from daemon: pull access denied; check that the Docker daemon runs and reaches the registry.`,
    );
  });

  test.each([
    [
      'snyk',
      ['SNYK_REGISTRY_USERNAME=reader', 'SNYK_REGISTRY_PASSWORD=p:ss'],
      `container\ntest\n${image}\n--platform=linux/amd64\n`,
    ],
    ['scout', ['DOCKER_SCOUT_REGISTRY_USER=reader', 'DOCKER_SCOUT_REGISTRY_PASSWORD=p:ss'], `registry://${image}\n`],
  ] as const)('%s reads the registry with a login by its own variables', async (tool, variables, args) => {
    const { written } = await scan(tool);
    for (const variable of variables) expect(written(`${adapters[tool].program}.env`)).toContain(`${variable}\n`);
    expect(written(`${adapters[tool].program}.args`)).toContain(args);
  });
});

test.each([
  ['fixed in 2', '2'],
  ['needed', undefined],
  ['will not fix', undefined],
  ['not affected, perhaps', null],
  ['', null],
])('twistcli says "%s" of a fix', (status, fixed) => {
  const vulnerabilities = [{ id: 'CVE-1', status }];
  const report = { results: [{ id: imageId, vulnerabilities, vulnerabilityDistribution: { total: 1 } }] };
  const { findings } = adapters.twistcli.read(JSON.stringify(report), target, { tool: 'twistcli', subject: 'image' });
  expect(findings[0]?.fixed).toBe(fixed);
});

test.each([
  [{ fix_version: '2' }, '2'],
  [{ fix_version: '' }, undefined],
  [{}, null],
])('Aqua says %j of a fix', (said, fixed) => {
  const vulnerabilities = [{ name: 'CVE-1', ...said }];
  const resources = [{ resource: { name: 'a', version: '1' }, vulnerabilities }];
  const report = { image: 'app', digest: imageId, os: '', version: '', resources, vulnerability_summary: { total: 1 } };
  const { findings } = adapters.aqua.read(JSON.stringify(report), target, { tool: 'Aqua', subject: 'image' });
  expect(findings[0]?.fixed).toBe(fixed);
});

test('what reports say beside a finding is kept', async () => {
  const [openssl, pcre2] = (await scan('twistcli')).made?.findings ?? [];
  expect(openssl).toMatchObject({
    fixed: '3.0.22-1~deb12u1',
    score: 9.8,
    title: 'openssl: a flaw',
    published: '2026-09-01T00:00:00.000Z',
  });
  expect(pcre2).not.toHaveProperty('fixed');
  expect(pcre2?.published).toBe('2026-09-01T00:00:00.000Z');
  const lodash = (await scan('snyk')).made?.findings[2];
  expect(lodash).toMatchObject({
    aliases: ['GHSA-35jh-r3h4-6jhm', 'SNYK-JS-LODASH-1040724'],
    package: { name: 'lodash', path: '/app/package.json' },
    fixed: '4.17.21',
  });
  const [scouted, unfixed] = (await scan('scout')).made?.findings ?? [];
  expect(scouted).toMatchObject({ installed: '3.0.20-1~deb12u2', fixed: '3.0.22-1~deb12u1', score: 9.8 });
  expect(unfixed).not.toHaveProperty('fixed');
});
