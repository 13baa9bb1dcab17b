import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { scanCommand } from '../../core/commands/scan.ts';
import { loadConfig } from '../../core/config.ts';
import { type Descriptor, mediaTypes } from '../../core/oci/manifest.ts';
import { createWorld } from '../../core/world.ts';
import { attest } from '../../testing/attestation.ts';
import { type Image, makeImage, makeIndex, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { recordingHost } from '../hosts/recording-host.ts';
import { repository } from '../hosts/repository.ts';

let server: TestRegistry;
let clean: Image;
let vulnerable: Image;
beforeEach(async () => {
  server = await startRegistry();
  const arm64 = { os: 'linux', architecture: 'arm64' };
  clean = makeImage({ layers: [await makeLayer({ app: 'clean' })], platform: arm64 });
  vulnerable = makeImage({ layers: [await makeLayer({ app: 'vulnerable' })] });
  for (const image of [clean, vulnerable]) await pushImage(server.store, 'acme/web', image);
});
afterEach(() => server.close());

const unknown = { os: 'unknown', architecture: 'unknown' };
const flaw = {
  ruleId: 'CVE-2026-1',
  level: 'error',
  message: { text: 'Package: openssl\nInstalled Version: 3.0.20\nFixed Version: 3.0.22\nSeverity: HIGH' },
};

/** A scanner that finds something in the vulnerable image alone. */
function scannerConfig(): string {
  const script = `
    const results = process.argv[1] === ${JSON.stringify(vulnerable.descriptor.digest)} ? ${JSON.stringify([flaw])} : [];
    console.log(JSON.stringify({ version: '2.1.0', runs: [{ tool: { driver: { name: 'anyscan', version: '7', rules: [{ id: 'CVE-1999-1' }] } }, results }] }));`;
  const command = JSON.stringify(['node', '-e', script, '{digest}', '{platform}']);
  return `scanner: { tool: command, format: sarif, command: ${command} }\ngate: { allow-unrecognised: true }\n`;
}

async function scan(entries: readonly Descriptor[], images: readonly Image[] = [clean]) {
  await pushImage(server.store, 'acme/web', makeIndex(images, { others: entries }), '1');
  const root = repository({ '.base-image-refresh.yml': scannerConfig() });
  const world = createWorld({ cwd: root });
  const host = recordingHost({ command: 'scan', image: `${server.host}/acme/web:1`, allow: 'scanner-command' });
  const conclusion = await scanCommand(await loadConfig(host, world), host, world);
  const { images: reported } = JSON.parse(await world.files.readText(join(root, '.base-image-refresh/report.json')));
  await world.close();
  const errors = host.logged.filter(({ level }) => level === 'error').map(({ message }) => message);
  return { conclusion, errors, platforms: reported[0].scan?.platforms ?? [], gate: reported[0].gate.verdict };
}

const about = (subject: Image) => ({
  'vnd.docker.reference.type': 'attestation-manifest',
  'vnd.docker.reference.digest': subject.descriptor.digest,
});

/** An image as an entry that says otherwise what it is. */
function disguised(image: Image, more: object, without: readonly (keyof Descriptor)[] = []): Descriptor {
  const left = Object.entries(image.descriptor).filter(([key]) => !without.includes(key as keyof Descriptor));
  return { ...(Object.fromEntries(left) as unknown as Descriptor), ...more };
}

const attestation = (subject: Image) => attest(server.store, 'acme/web', subject, { _type: 'statement' });

describe('an image in an index is scanned', () => {
  test.each<[string, () => readonly Descriptor[], readonly string[]]>([
    [
      'that names no platform and calls itself an attestation',
      () => [disguised(vulnerable, { annotations: about(clean) }, ['platform'])],
      ['linux/arm64', 'linux/amd64'],
    ],
    ['that names no platform', () => [disguised(vulnerable, {}, ['platform'])], ['linux/arm64', 'linux/amd64']],
    [
      'for no platform, called an attestation',
      () => [disguised(vulnerable, { platform: unknown, annotations: about(clean) })],
      ['linux/arm64', 'linux/amd64'],
    ],
    ['for no platform', () => [disguised(vulnerable, { platform: unknown })], ['linux/arm64', 'linux/amd64']],
    [
      'under a media type of its own',
      () => [disguised(vulnerable, { mediaType: 'application/vnd.example' }, ['platform'])],
      ['linux/arm64', 'linux/amd64'],
    ],
    [
      'that has the platform of another one',
      () => [disguised(vulnerable, { platform: { os: 'linux', architecture: 'arm64' } })],
      ['linux/arm64', 'linux/arm64'],
    ],
    [
      'for a variant of the platform of another one',
      () => [disguised(vulnerable, { platform: { os: 'linux', architecture: 'arm64', variant: 'v9' } })],
      ['linux/arm64', 'linux/arm64/v9'],
    ],
    [
      'for a version of the system alone',
      () => [disguised(vulnerable, { platform: { os: 'linux', architecture: 'arm64', osVersion: '1.2' } })],
      ['linux/arm64', 'linux/arm64'],
    ],
    [
      'whose entry carries other content inline',
      () => [disguised(vulnerable, { data: Buffer.from('{}').toString('base64') }, ['platform'])],
      ['linux/arm64', 'linux/amd64'],
    ],
  ])('%s', async (_, entries, platforms) => {
    const scanned = await scan(entries());
    expect(scanned).toMatchObject({ conclusion: 'policy-failed', gate: 'fail', platforms });
  });
});

test('an attestation is not scanned', async () => {
  expect(await scan([attestation(clean)])).toMatchObject({
    conclusion: 'succeeded',
    gate: 'pass',
    platforms: ['linux/arm64'],
  });
});

describe('an index is not judged where an entry of it', () => {
  const elsewhere = () => makeImage({ config: { Env: ['A=elsewhere'] } });
  test.each<[string, () => Promise<readonly Descriptor[]> | readonly Descriptor[], string]>([
    [
      'attests what is not there',
      () => [attestation(elsewhere())],
      'is for no platform, and no attestation of another entry',
    ],
    [
      'attests nothing',
      () => [{ ...attestation(clean), annotations: {} }],
      'is for no platform, and no attestation of another entry',
    ],
    [
      'is not there',
      () => [disguised(elsewhere(), { platform: unknown, annotations: about(clean) })],
      'registry answered 404 (MANIFEST_UNKNOWN: manifest unknown)',
    ],
    [
      'is an index that names a platform',
      async () => {
        const inner = makeIndex([vulnerable]);
        return [
          { ...(await pushImage(server.store, 'acme/web', inner)), platform: { os: 'linux', architecture: 'amd64' } },
        ];
      },
      'is an index within an index',
    ],
    [
      'is an index that names none',
      async () => [await pushImage(server.store, 'acme/web', makeIndex([vulnerable]))],
      'is an image index, which has no configuration',
    ],
    [
      'is an artifact',
      () => {
        const layer = server.store.putBlob('acme/web', 'x', 'application/vnd.example.layer');
        const config = server.store.putBlob('acme/web', '{}', mediaTypes.ociEmpty);
        const manifest = {
          schemaVersion: 2,
          mediaType: mediaTypes.ociManifest,
          artifactType: 'application/vnd.example',
        };
        return [server.store.putManifest('acme/web', { ...manifest, config, layers: [layer] })];
      },
      'is an artifact ("application/vnd.oci.empty.v1+json") and no image',
    ],
  ])('%s', async (_, entries, sentence) => {
    const scanned = await scan(await entries());
    expect(scanned).toMatchObject({ conclusion: 'incomplete', gate: 'inconclusive', platforms: [] });
    expect(scanned.errors.join('\n')).toContain(sentence);
  });

  test.each([403, 404, 500])('answers %i', async (status) => {
    const entry = attestation(clean);
    server.inject({ path: new RegExp(`/manifests/${entry.digest}$`), effect: { kind: 'status', status } });
    expect(await scan([entry])).toMatchObject({ conclusion: 'incomplete', gate: 'inconclusive', platforms: [] });
  });
});
