import { describe, expect, test } from 'vitest';
import type { FailureError } from '../../core/failure.ts';
import { run } from '../../core/run.ts';
import { createWorld } from '../../core/world.ts';
import { recordingHost } from '../hosts/recording-host.ts';
import { repository } from '../hosts/repository.ts';
import { file, load, refusal } from './support.ts';

describe('images', () => {
  test('everything that an image can say', async () => {
    const yaml = `
images:
  - name: web
    dockerfile: ./web/Dockerfile
    context: web/
    target: runtime
    image: ghcr.io/acme/web:1
    tags: [1, latest]
    platforms: [linux/amd64]
    build-args: { A: "b c" }
    engine: buildx
    gate:
      severity-threshold: critical
      exceptions:
        - id: CVE-2026-1
          package: zlib1g
          reason: not reachable
          owner: team
          expires: 2027-01-31
  - dockerfile: Dockerfile
`;
    const { images } = await load(repository({ [file]: yaml }), {});
    expect(images).toEqual([
      {
        name: 'web',
        dockerfile: 'web/Dockerfile',
        context: 'web',
        target: 'runtime',
        image: { registry: 'ghcr.io', repository: 'acme/web', tag: '1' },
        tags: ['1', 'latest'],
        platforms: [{ os: 'linux', architecture: 'amd64' }],
        args: { A: 'b c' },
        engine: 'buildx',
        gate: {
          scope: 'relative',
          severityThreshold: 'critical',
          onlyFixable: false,
          newOnly: false,
          exceptions: [
            { id: 'CVE-2026-1', package: 'zlib1g', reason: 'not reachable', owner: 'team', expires: '2027-01-31' },
          ],
        },
      },
      { dockerfile: 'Dockerfile', tags: [], platforms: [], args: {} },
    ]);
  });

  test('--image with and without a name', async () => {
    const { imageInputs } = await load(repository({}), { image: 'acme/one\nweb=ghcr.io/acme/web:2' });
    expect(imageInputs).toEqual({
      '': { registry: 'docker.io', repository: 'acme/one', tag: 'latest' },
      web: { registry: 'ghcr.io', repository: 'acme/web', tag: '2' },
    });
  });

  test('scan takes its images as operands', async () => {
    const config = await load(repository({}), { command: 'scan', image: 'acme/one\nacme/two:2' });
    expect(config).toMatchObject({ operands: ['acme/one', 'acme/two:2'], imageInputs: {} });
  });
});
describe('wrong values of the file', () => {
  test.each([
    [
      'severity: high',
      `${file}:1: severity is not a key of the configuration; the nearest valid key is gate.severity-threshold.`,
    ],
    [
      'gate:\n  severity-treshold: high',
      `${file}:2: gate.severity-treshold is not a key of the configuration; the nearest valid key is severity-threshold.`,
    ],
    [
      '# comment\r\ngate:\r\n  severity-threshold: hgih\r\n',
      `${file}:3: gate.severity-threshold cannot be "hgih"; the nearest valid value is high (of critical, high, medium, low, negligible, unknown, none).`,
    ],
    ['gate: [high]', `${file}:1: gate is a list; write it as a mapping of keys.`],
    ['gate:\n  only-fixable: "yes"', `${file}:2: gate.only-fixable cannot be "yes"; use true or false.`],
    ['concurrency: 100', `${file}:1: concurrency cannot be "100"; use a whole number from 1 to 64.`],
    ['concurrency: 1e1', `${file}:1: concurrency cannot be "1e1"; use a whole number from 1 to 64.`],
    ['deadline: 30', `${file}:1: deadline cannot be "30"; use a time from 1s to 24h, such as 90s, 30m or 2h.`],
    [
      'tags:\n  - latest\n  - "a b"',
      `${file}:3: tags[1] cannot be "a b"; give a tag of letters, digits, "_", "." and "-".`,
    ],
    ['build-args:\n  - A=b', `${file}:2: build-args is a list; write it as a mapping of names to values.`],
    ['target:\nengine: auto', `${file}:1: target is empty; give it one value or remove it.`],
    ['target: " "', `${file}:1: target is empty; give it one value or remove it.`],
    ['- a', `${file}:1: the file is a list; write it as a mapping of keys.`],
    ['just words', `${file}:1: the file is one value; write it as a mapping of keys.`],
    ['engine: auto\nengine: buildx', `${file}:2: key engine is already on line 1; keep one of the two.`],
    ['engine: !!js/function "x"', `${file}:1: the YAML tag !!js/function is not understood; remove it.`],
    ['tags: *nowhere', `${file}:1: alias *nowhere has no anchor before it; define &nowhere.`],
    ['engine: auto\n---\nengine: auto', `${file}: holds 2 YAML documents; keep one of them.`],
    ['images:\n  - name: web', `${file}:2: images[0] has no dockerfile; add dockerfile.`],
    [
      'images:\n  - dockerfile: ../Dockerfile',
      `${file}:2: images[0].dockerfile cannot be "../Dockerfile"; give a path inside the folder of the repository.`,
    ],
    [
      'images:\n  - dockerfile: D\n    image: ghcr.io:443/Acme/Web:RC1',
      `${file}:3: images[0].image cannot be "ghcr.io:443/Acme/Web:RC1"; repository names are lower case: ghcr.io:443/acme/web:RC1.`,
    ],
    [
      'images:\n  - dockerfile: D\n    image: Not A Reference',
      `${file}:3: images[0].image cannot be "Not A Reference"; give an image reference such as ghcr.io/acme/web:1.2.`,
    ],
    [
      'images:\n  - dockerfile: D\n  - dockerfile: D',
      `${file}:3: images[1].dockerfile is "D" as at ${file}:2; give each of the two its own name.`,
    ],
    [
      'gate:\n  exceptions:\n    - id: CVE-1\n      reason: x\n      expires: 2026-02-30',
      `${file}:5: gate.exceptions[0].expires cannot be "2026-02-30"; give a day as YYYY-MM-DD.`,
    ],
    ['gate:\n  exceptions:\n    - id: CVE-1', `${file}:3: gate.exceptions[0] has no reason; add reason.`],
    [
      'platforms: [amd64]',
      `${file}:1: platforms[0] cannot be "amd64"; give a platform such as linux/amd64 or linux/arm/v7.`,
    ],
    ['__proto__: 1', `${file}:1: __proto__ is not a key of the configuration; the nearest valid key is update.`],
  ])('%j', async (yaml, message) => {
    expect(await refusal(repository({ [file]: yaml }), {})).toBe(message);
  });

  test.each(['a: [1, 2\nb: 3', 'a: "x', 'a:\n\t- b', 'a: b: c'])('%j is no YAML', async (yaml) => {
    expect(await refusal(repository({ [file]: yaml }), {})).toMatch(
      /^\.base-image-refresh\.yml:\d+: is not valid YAML: .+; fix this line\.$/,
    );
  });

  test('all of them are said at once, by line', async () => {
    const yaml = `engine: kaniko
gate:
  severity-treshold: high
  only-fixable: yes
images:
  - name: web
    tags: { a: 1 }
concurrency: 100
`;
    const host = recordingHost({ command: 'refresh' });
    const lines: string[] = [];
    const log = (level: string, message: string) => void lines.push(`${level} ${message}`);
    const conclude = (conclusion: string, message: string) => void lines.push(`${conclusion} ${message}`);
    const ended = await run({ ...host, log, conclude }, createWorld({ cwd: repository({ [file]: yaml }) }));
    expect(ended).toBe('usage-error');
    expect(lines.map((line) => line.replace(/;.*(?:of|is) .*/, ''))).toEqual([
      `error ${file}:1: engine cannot be "kaniko"`,
      `error ${file}:3: gate.severity-treshold is not a key of the configuration`,
      `error ${file}:4: gate.only-fixable cannot be "yes"; use true or false.`,
      `error ${file}:6: images[0] has no dockerfile; add dockerfile.`,
      `error ${file}:7: images[0].tags is a mapping; write it as a list.`,
      `error ${file}:8: concurrency cannot be "100"; use a whole number from 1 to 64.`,
      'usage-error 6 problems; nothing was done.',
    ]);
  });

  test('of very many the first hundred are said', async () => {
    const yaml = Array.from({ length: 300 }, (_, at) => `key-${at}: 1\n`).join('');
    const thrown = await load(repository({ [file]: yaml }), {}).catch((error: unknown) => error);
    expect(thrown).toMatchObject({ failure: { subject: `${file}:1` } });
    expect((thrown as FailureError).others).toHaveLength(100);
    expect((thrown as FailureError).others.at(-1)?.detail).toBe('has more problems than these 100');
  });

  test('the file may end in .yaml, and there is one of the two', async () => {
    const other = '.base-image-refresh.yaml';
    expect((await load(repository({ [other]: 'engine: buildah\n' }), {})).engine).toBe('buildah');
    expect(await refusal(repository({ [other]: 'engine: x\n' }), {})).toMatch(/^\.base-image-refresh\.yaml:1: engine /);
    expect(await refusal(repository({ [other]: '', [file]: '' }), {})).toBe(
      '.base-image-refresh.yml: .base-image-refresh.yaml is there too; keep one of the two.',
    );
  });
});

describe('spellings', () => {
  test.each<[string, object]>([
    ['gate: { severity-threshold: HIGH }', { gate: { severityThreshold: 'high' } }],
    ['gate: { maximum: { CRITICAL: 0, High: 3 } }', { gate: { maximum: { critical: 0, high: 3 } } }],
    ['gate: { refuse: "Root-User, setuid" }', { gate: { refuse: ['root-user', 'setuid'] } }],
    ['gate: Absolute', { gate: { scope: 'absolute' } }],
    ['engine: Buildah', { engine: 'buildah' }],
    ['tags: latest', { tags: ['latest'] }],
    ['tags: 1, latest', { tags: ['1', 'latest'] }],
    ['platforms: linux/arm64', { platforms: [{ os: 'linux', architecture: 'arm64' }] }],
    ['exclude: vendor/**', { exclude: ['vendor/**'] }],
    ['gate: { deny-packages: xz-utils }', { gate: { denyPackages: ['xz-utils'] } }],
  ])('%s', async (yaml, wanted) => {
    expect(await load(repository({ [file]: yaml }), {})).toMatchObject(wanted);
  });

  test.each([
    [
      'gate: { severity-threshold: "HIGH,CRITICAL" }',
      `${file}:1: gate.severity-threshold cannot be "HIGH,CRITICAL"; give one of them: high or critical.`,
    ],
    ['tags: latest stable', `${file}:1: tags is one value; write it as a list.`],
    ['tags: "1,,2"', `${file}:1: tags is one value; write it as a list.`],
    ['tests: { command: npm test }', `${file}:1: tests.command is one value; write it as a list.`],
    [
      'gate: { maximum: { HIGH: 0, high: 1 } }',
      `${file}:1: gate.maximum.HIGH is not a key of the configuration; the nearest valid key is high.`,
    ],
  ])('%s is refused', async (yaml, message) => {
    expect(await refusal(repository({ [file]: yaml }), {})).toBe(message);
  });

  test('an input takes a choice in any case, and one of several', async () => {
    expect((await load(repository({}), { 'severity-threshold': 'HIGH' })).gate.severityThreshold).toBe('high');
    expect(await refusal(repository({}), { 'severity-threshold': 'HIGH,CRITICAL' })).toBe(
      '--severity-threshold: "HIGH,CRITICAL" is not valid; give one of them: high or critical.',
    );
  });
});
