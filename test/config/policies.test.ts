import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { loadConfig } from '../../core/config.ts';
import { createWorld } from '../../core/world.ts';
import { recordingHost } from '../hosts/recording-host.ts';
import { repository } from '../hosts/repository.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** Serves text at /gate.yml, and answers another status where one is given. */
async function serve(text: string, status = 200): Promise<string> {
  const server = createServer((_, response) => response.writeHead(status).end(text));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/gate.yml`;
}

const sumOf = (text: string) => createHash('sha256').update(text).digest('hex');

async function configured(files: Readonly<Record<string, string>>, inputs: Readonly<Record<string, string>> = {}) {
  const root = repository({});
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  const world = createWorld({ cwd: root });
  try {
    return await loadConfig(recordingHost({ command: 'refresh', path: root, ...inputs }), world);
  } finally {
    await world.close();
  }
}

const refusal = (files: Readonly<Record<string, string>>, inputs = {}) =>
  configured(files, inputs).then(
    () => 'taken',
    (error: Error) => error.message,
  );

const organisation = `gate:
  severity-threshold: critical
  only-fixable: true
  grace-days: 7
  maximum: { high: 3, medium: 9 }
  exceptions:
    - { id: CVE-2026-1, reason: accepted by the organisation }
verify-base:
  - { match: 'docker.io/library/*', tool: notation }
`;

describe('policy files', () => {
  test('lie below the configuration, key by key; exceptions and trust add up, images are on top', async () => {
    const { gate, trust, images } = await configured({
      'org/gate.yml': organisation,
      '.base-image-refresh.yml': `policies: [org/gate.yml]
gate:
  severity-threshold: high
  maximum: { high: 1 }
  exceptions:
    - { id: CVE-2026-2, reason: accepted here }
verify-base:
  - { match: '**', tool: notation }
images:
  - { dockerfile: Dockerfile, image: ghcr.io/acme/web, gate: { grace-days: 0 } }
`,
    });
    expect(gate).toMatchObject({
      severityThreshold: 'high',
      onlyFixable: true,
      graceDays: 7,
      maximum: { high: 1, medium: 9 },
      exceptions: [
        { id: 'CVE-2026-1', reason: 'accepted by the organisation' },
        { id: 'CVE-2026-2', reason: 'accepted here' },
      ],
    });
    expect(trust.map(({ match }) => match)).toEqual(['docker.io/library/*', '**']);
    expect(images[0]?.gate).toMatchObject({ severityThreshold: 'high', graceDays: 0 });
  });

  test('go over each other in the order in which they are named, and inputs over all', async () => {
    const files = {
      'a.yml': 'gate: { severity-threshold: low, grace-days: 1 }\n',
      'b.yml': 'gate: { severity-threshold: medium }\n',
    };
    const config = await configured(files, { policy: 'a.yml\nb.yml' });
    expect(config.gate).toMatchObject({ severityThreshold: 'medium', graceDays: 1 });
    const given = await configured(files, { policy: 'a.yml\nb.yml', 'severity-threshold': 'critical' });
    expect(given.gate.severityThreshold).toBe('critical');
  });

  test('are fetched where their checksum is known', async () => {
    const url = await serve(organisation);
    const { gate } = await configured({}, { policy: `${url}#sha256=${sumOf(organisation)}` });
    expect(gate).toMatchObject({ severityThreshold: 'critical', graceDays: 7 });
  });

  test.each([
    [
      'that changed',
      organisation,
      200,
      sumOf('another'),
      /has the SHA-256 [0-9a-f]{64} where .* look at what changed there/,
    ],
    ['that is gone', organisation, 404, sumOf(organisation), /policy cannot be fetched: answered 404/],
    ['that redirects', '', 302, sumOf(''), /policy cannot be fetched: answered 302/],
    ['that is too large', ' '.repeat(1_100_000), 200, sumOf(''), /is larger than 1048576 bytes/],
  ])('an address %s is no policy', async (_, text, status, sum, sentence) => {
    expect(await refusal({}, { policy: `${await serve(text, status)}#sha256=${sum}` })).toMatch(sentence);
  });

  test.each([
    ['https://policies.example/gate.yml', /is an address without a checksum/],
    [`http://policies.example/gate.yml#sha256=${sumOf('')}`, /is not an https address/],
    [`http://127.0.0.1:1/gate.yml#sha256=${sumOf('')}`, /policy cannot be fetched: .*check its address/],
    ['gone.yml', /names "gone.yml", but/],
  ])('%s is refused', async (policy, sentence) => {
    expect(await refusal({}, { policy })).toMatch(sentence);
  });

  test.each([
    ['gate: { severity-treshold: high }', /org\.yml:1.*severity-threshold/],
    ['images: []', /org\.yml:1: images/],
    ['gate: { epss-threshold: "2" }', /org\.yml:1.*cannot be "2"/],
    ['gate: [', /org\.yml:\d: is not valid YAML/],
  ])('a mistake (%s) is told with its file and line', async (text, sentence) => {
    expect(await refusal({ 'org.yml': text }, { policy: 'org.yml' })).toMatch(sentence);
  });
});

describe('whose verdicts stand in place of a scan', () => {
  const rule = (match: string, key: string) => `verify-attestations: [{ match: '${match}', key: '${key}' }]\n`;
  const folder = () => dirname(join(repository({ 'a.pub': 'key' }), 'a.pub'));
  const believed = async (files: Readonly<Record<string, string>>, inputs: Readonly<Record<string, string>> = {}) =>
    ((await configured(files, inputs)).trustVerdicts ?? []).map(({ match }) => match);

  test('the policies of the run say, and a configuration of its own', async () => {
    const away = folder();
    const policy = join(away, 'policy.yml');
    const config = join(away, 'run.yml');
    writeFileSync(policy, rule('ghcr.io/policy/**', join(away, 'a.pub')));
    writeFileSync(config, rule('ghcr.io/own/**', 'azurekms://vault/key'));
    expect(await believed({}, { policy })).toEqual(['ghcr.io/policy/**']);
    expect(await believed({}, { policy, config })).toEqual(['ghcr.io/policy/**', 'ghcr.io/own/**']);
  });

  test('no file of the repository says', async () => {
    const own = rule('ghcr.io/own/**', 'a.pub');
    const allow = 'verify-attestations-key';
    expect(await believed({ '.base-image-refresh.yml': own, 'a.pub': 'key' })).toEqual([]);
    const named = `policies: [p.yml]\n${rule('ghcr.io/own/**', 'azurekms://vault/key')}`;
    const files = { '.base-image-refresh.yml': named, 'p.yml': rule('ghcr.io/p/**', 'azurekms://vault/key') };
    expect(await believed(files, { allow })).toEqual([]);
    expect((await configured(files, { allow })).trustAttested.map(({ match }) => match)).toEqual([
      'ghcr.io/p/**',
      'ghcr.io/own/**',
    ]);
  });

  test('nobody does with a key that the checkout has', async () => {
    const policy = join(folder(), 'policy.yml');
    writeFileSync(policy, rule('ghcr.io/policy/**', 'a.pub'));
    expect(await believed({ 'a.pub': 'key' }, { policy })).toEqual([]);
  });
});
