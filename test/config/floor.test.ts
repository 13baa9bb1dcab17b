import { describe, expect, test } from 'vitest';
import { policyFor } from '../../core/config/per-image.ts';
import type { Build } from '../../core/discover/build.ts';
import { loadPolicy } from '../../core/gate/load-policy.ts';
import { decideGate } from '../../core/gate.ts';
import { createWorld } from '../../core/world.ts';
import { scanned } from '../gate/support.ts';
import { repository } from '../hosts/repository.ts';
import { finding } from '../scan/support.ts';
import { file, load, refusal } from './support.ts';

const build = (name: string): Build => ({
  name,
  dockerfile: 'Dockerfile',
  context: '.',
  args: {},
  contexts: {},
  platforms: [],
  releases: [],
  provenance: {},
});

describe('inputs of the run win at every level', () => {
  const yaml = `
engine: docker
images:
  - dockerfile: Dockerfile
    name: web
    engine: buildah
    target: dev
    tags: [own]
    platforms: [linux/arm64]
    build-args: { A: own, B: own }
    gate: { severity-threshold: none, only-fixable: true, new-only: true, owner: base, grace-days: 99 }
update:
  rules: [{ match: [node], policy: major, minimum-age: 0, pin-digests: true }]
`;

  test('over the gate of an image too', async () => {
    const inputs = {
      'severity-threshold': 'low',
      'only-fixable': 'false',
      'new-only': 'false',
      'finding-owner': 'any',
      'grace-days': '0',
    };
    const config = await load(repository({ [file]: yaml }), inputs);
    expect(policyFor(config, build('web'))).toMatchObject({
      severityThreshold: 'low',
      onlyFixable: false,
      newOnly: false,
      owner: 'any',
      graceDays: 0,
    });
  });

  test('over what else an image says, and over rules', async () => {
    const inputs = {
      engine: 'buildx',
      target: 'run',
      tags: 'nightly',
      platform: 'linux/amd64',
      'build-arg': 'A=run',
      'update-policy': 'patch',
      'minimum-age': '7',
    };
    const { images, update } = await load(repository({ [file]: yaml }), inputs);
    expect(images[0]).toMatchObject({ tags: [], platforms: [], args: { A: 'run', B: 'own' } });
    expect(images[0]).not.toHaveProperty('engine');
    expect(images[0]).not.toHaveProperty('target');
    expect(update.rules).toEqual([{ match: ['node'], pinDigests: true }]);
  });

  test('and only the keys that they give', async () => {
    const config = await load(repository({ [file]: yaml }), { 'grace-days': '3' });
    expect(policyFor(config, build('web'))).toMatchObject({ severityThreshold: 'none', graceDays: 3 });
    expect(config.images[0]).toMatchObject({ engine: 'buildah', target: 'dev', tags: ['own'] });
  });
});

const floorOf = async (floor: string, own: string, inputs: Record<string, string> = {}) => {
  const root = repository({ 'org.yml': floor, [file]: own, '.trivyignore': 'CVE-2026-1\n' });
  return { root, config: await load(root, { policy: 'org.yml', ...inputs }) };
};

describe('a policy of the run is a floor', () => {
  test.each([
    ['severity-threshold: none', { severityThreshold: 'high' }],
    ['severity-threshold: critical', { severityThreshold: 'high' }],
    ['severity-threshold: low', { severityThreshold: 'low' }],
    ['only-fixable: true', { onlyFixable: false }],
    ['new-only: true', { newOnly: false }],
    ['owner: base', { owner: 'any' }],
    ['grace-days: 30', { graceDays: 2 }],
    ['grace-days: 1', { graceDays: 1 }],
    ['unknown-severity: negligible', { unknownSeverity: 'medium' }],
    ['unknown-severity: critical', { unknownSeverity: 'critical' }],
    ['allow-unrecognised: true', { allowUnrecognised: false }],
    ['maximum: { medium: 9, low: 4 }', { maximum: { medium: 3, low: 4 } }],
    ['maximum: { medium: 1 }', { maximum: { medium: 1 } }],
    ['known-exploited: low', { knownExploited: 'high' }],
    ['known-exploited: critical', { knownExploited: 'critical' }],
    ['known-exploited-file: mine.json', { knownExploitedFile: 'kev.json' }],
    ['epss-threshold: "0.9"', { epssThreshold: 0.2, epssSeverity: 'critical' }],
    ['known-exploited-max-age: 3650', { knownExploitedMaxAge: 30 }],
    ['epss-max-age: 1', { epssMaxAge: 1 }],
    ['epss-severity: low', { epssSeverity: 'critical' }],
    ['end-of-life: negligible', { endOfLife: 'medium' }],
    ['refuse: setuid', { refuse: ['root-user', 'setuid'] }],
    ['vex-referrers: true', { vexReferrers: false }],
    ['ignore-files: [.trivyignore]', { ignoreFiles: [] }],
    ['exceptions-from: repository', { exceptionsFrom: 'run' }],
    ['exceptions: [{ id: CVE-2026-1, reason: mine }]', { exceptions: [] }],
  ])('%s', async (own, expected) => {
    const floor = `gate:
  severity-threshold: high
  grace-days: 2
  maximum: { medium: 3 }
  known-exploited: high
  known-exploited-file: kev.json
  epss-threshold: "0.2"
  end-of-life: medium
  refuse: root-user
`;
    const { config } = await floorOf(floor, `gate: { ${own} }\n`);
    expect(config.gate).toMatchObject(expected);
    const ofImage = await floorOf(floor, `images: [{ dockerfile: Dockerfile, gate: { ${own} } }]\n`);
    expect(policyFor(ofImage.config, build('web'))).toMatchObject(expected);
  });

  test.each([
    ['known-exploited: high', 'known-exploited-file: empty.json', 'knownExploitedFile'],
    ['epss-threshold: "0.2"', 'epss-file: empty.csv', 'epssFile'],
  ] as const)('%s is not met by a file of the repository (%s)', async (floor, own, key) => {
    const { config } = await floorOf(`gate: { ${floor} }`, `gate: { ${own} }`);
    expect(config.gate).not.toHaveProperty(key);
    expect(config.notices).toHaveLength(1);
    const alone = await floorOf('gate: { severity-threshold: high }', `gate: { ${own} }`);
    expect(alone.config.gate).toHaveProperty(key);
    const ruled = await floorOf('gate: { rules: [{ name: r, when: finding.kev, then: fail }] }', `gate: { ${own} }`);
    expect(ruled.config.gate).not.toHaveProperty(key);
    const [name = '', value = ''] = floor.replaceAll('"', '').split(': ');
    const root = repository({ [file]: `gate: { ${own} }` });
    const byInput = await load(root, { [name]: value });
    expect(byInput.gate).not.toHaveProperty(key);
    expect(byInput.notices).toEqual([expect.stringContaining('is looser than the policy of the run')]);
  });

  test('what is looser is told, once', async () => {
    const { config } = await floorOf(
      'gate: { severity-threshold: high }',
      'gate: { severity-threshold: none }\nimages: [{ dockerfile: Dockerfile, name: web, gate: { grace-days: 9 } }]\n',
    );
    expect(config.notices).toEqual([
      `${file}: gate.severity-threshold is looser than the policy of the run, which counts instead`,
      `${file}: gate.grace-days of web is looser than the policy of the run, which counts instead`,
    ]);
  });

  test('and the run itself may go below it', async () => {
    const { config } = await floorOf('gate: { severity-threshold: low }', '', { 'severity-threshold': 'critical' });
    expect(config.gate.severityThreshold).toBe('critical');
  });

  test('a policy that says nothing of the gate leaves it to the repository', async () => {
    const { config } = await floorOf('verify-base: [{ match: "**", tool: notation }]', 'gate: { only-fixable: true }');
    expect(config.gate.onlyFixable).toBe(true);
    expect(config.trust.map(({ match }) => match)).toEqual(['**']);
  });

  test('rules of trust of the run come before those of the repository', async () => {
    const rule = (match: string) => `verify-base: [{ match: "${match}", tool: notation }]\n`;
    const { config } = await floorOf(rule('docker.io/library/*'), rule('docker.io/**'));
    expect(config.trust.map(({ match }) => match)).toEqual(['docker.io/library/*', 'docker.io/**']);
  });
});

describe('exceptions below a floor', () => {
  const verdictOf = async (floor: string, own: string, inputs: Record<string, string> = {}) => {
    const { root, config } = await floorOf(floor, own, inputs);
    const world = createWorld({ cwd: root });
    const { policy } = await loadPolicy(world, root, policyFor(config, build('web')));
    await world.close();
    return decideGate(policy, scanned([finding({ severity: 'high' })]), undefined, new Date('2026-12-01T00:00:00Z'))
      .kind;
  };
  const mine = (more = '') => `gate: { exceptions: [{ id: CVE-2026-1, reason: mine${more} }] }\n`;

  test.each([
    ['none counts where the floor says nothing of them', 'gate: { severity-threshold: high }', mine(), 'fail'],
    [
      'those of the floor count',
      'gate: { exceptions: [{ id: CVE-2026-1, reason: ours }], exceptions-up-to: low }',
      '',
      'pass',
    ],
    ['a file that the floor names counts', 'gate: { ignore-files: [.trivyignore] }', '', 'pass'],
    ['a file that it does not name does not', 'gate: {}', 'gate: { ignore-files: [.trivyignore] }', 'fail'],
    ['those of the repository count where it permits them', 'gate: { exceptions-from: repository }', mine(), 'pass'],
    [
      'of an image too',
      'gate: { exceptions-from: repository }',
      `images: [{ dockerfile: Dockerfile, ${mine().trim()} }]\n`,
      'pass',
    ],
    [
      'not for longer than it permits',
      'gate: { exceptions-from: repository, exceptions-longest: 30 }',
      mine(', expires: 2027-01-01'),
      'fail',
    ],
    [
      'for as long as it permits',
      'gate: { exceptions-from: repository, exceptions-longest: 30 }',
      mine(', expires: 2026-12-31'),
      'pass',
    ],
    ['not without an end, then', 'gate: { exceptions-from: repository, exceptions-longest: 30 }', mine(), 'fail'],
    [
      'not for what is worse than it permits',
      'gate: { exceptions-from: repository, exceptions-up-to: medium }',
      mine(),
      'fail',
    ],
    [
      'the repository cannot permit itself more',
      'gate: { exceptions-from: repository, exceptions-up-to: medium }',
      `gate: { exceptions-up-to: critical, ${mine().slice(8)}`,
      'fail',
    ],
  ])('%s', async (_, floor, own, verdict) => {
    expect(await verdictOf(floor, own)).toBe(verdict);
  });

  test.each([
    ['exceptions', '', mine()],
    ['ignore files', '', 'gate: { ignore-files: [.trivyignore] }'],
    ['rules', '', `gate: { rules: [{ name: r, when: 'finding.id == "CVE-2026-1"', then: ignore }] }`],
    ['exceptions that a floor permits', 'gate: { exceptions-from: repository }', mine()],
  ])('an input of the run says whose count: %s', async (_, floor, own) => {
    expect(await verdictOf(floor, own)).toBe('pass');
    expect(await verdictOf(floor, own, { 'exceptions-from': 'run' })).toBe('fail');
    const held = own.replace('gate: {', 'gate: { exceptions-from: run,');
    expect(await verdictOf(floor, held)).toBe('fail');
    if (floor === '') expect(await verdictOf(floor, held, { 'exceptions-from': 'repository' })).toBe('pass');
  });
});

describe('an exception for everything is refused whatever its spelling', () => {
  test.each([
    "id: '*'",
    "id: ' * '",
    "id: 'CVE-*'",
    "id: 'cve-2???-*'",
    "id: '**'",
    "id: '.*'",
    "id: '[A-Z]*'",
    "id: '{CVE,GHSA}-*'",
    "id: '%'",
    "id: '*', package: '*'",
    "id: CVE-2026-1, package: '*'",
    "id: '*', path: '**'",
    "id: '*', path: '/**'",
    "id: '*', path: './**/*'",
    "id: '*', path: '{,**/}*'",
    "id: '*', path: '!nothing'",
    "id: '*', path: '**/**'",
    "id: '*', path: '*/**'",
    "id: '*', purl: 'pkg:*/*'",
    "id: '*', purl: 'pkg:npm/*'",
    "id: '*', version: '1'",
  ])('%s', async (criteria) => {
    const yaml = `gate:\n  exceptions:\n    - { ${criteria}, reason: all }\n`;
    expect(await refusal(repository({ [file]: yaml }), {})).toMatch(/yml:3: .*accepts everything: /);
    expect(await refusal(repository({ 'p.yml': yaml }), { policy: 'p.yml' })).toMatch(/p\.yml:3: .*accepts everything/);
  });

  test.each([
    "id: '*', path: app/**",
    "id: '*', package: openssl",
    "id: '*', purl: 'pkg:npm/@acme/x'",
    'id: CVE-2026-1',
    "id: '*', path: '**/*.jar'",
  ])('%s is not one', async (criteria) => {
    const yaml = `gate: { exceptions: [{ ${criteria}, reason: some }] }\n`;
    await expect(load(repository({ [file]: yaml }), {})).resolves.toBeDefined();
  });

  test('in a file of another tool it accepts nothing, and is told', async () => {
    const files = {
      '.grype.yaml': 'ignore:\n  - { package: { location: "/**" } }\n',
      '.trivyignore': 'CVE-*\n*\nCVE-2026-9\n',
    };
    const root = repository({ ...files, [file]: 'gate: { ignore-files: [.grype.yaml, .trivyignore] }\n' });
    const world = createWorld({ cwd: root });
    const { policy, notes } = await loadPolicy(world, root, (await load(root, {})).gate);
    await world.close();
    expect(policy.exceptions.map(({ id }) => id)).toEqual(['CVE-2026-9']);
    expect(notes).toEqual([
      '.grype.yaml:2: accepts everything, so it accepts nothing: path fits every file',
      '.trivyignore:1: accepts everything, so it accepts nothing: id is a pattern',
      '.trivyignore:2: accepts everything, so it accepts nothing: it names no package, path or purl',
    ]);
  });
});
