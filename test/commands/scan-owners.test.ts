import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeOwnRecord } from '../../core/baseline/own-record.ts';
import { scanCommand } from '../../core/commands/scan.ts';
import { loadConfig } from '../../core/config.ts';
import { createWorld } from '../../core/world.ts';
import { type Image, makeImage, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { recordingHost } from '../hosts/recording-host.ts';
import { repository } from '../hosts/repository.ts';
import { saying } from '../support/scanner.ts';

let server: TestRegistry;
let base: Image;
let other: Image;
beforeEach(async () => {
  server = await startRegistry();
  base = makeImage({ layers: [await makeLayer({ 'etc/base': 'one' })] });
  other = makeImage({ layers: [await makeLayer({ 'etc/base': 'two' })] });
  await pushImage(server.store, 'library/base', base, '1');
  // Its tag has moved on since.
  await pushImage(server.store, 'library/base', other, '1');
});
afterEach(() => server.close());

/** Who owns what Trivy finds in the layer of the base and in that of the app, and the warnings. */
async function owners(parts: {
  readonly annotations?: Record<string, string>;
  readonly labels?: Record<string, string>;
}) {
  const image = makeImage({
    base,
    layers: [await makeLayer({ 'srv/app': 'app' })],
    annotations: parts.annotations ?? {},
    config: { Labels: parts.labels ?? {} },
  });
  await pushImage(server.store, 'acme/web', image, '1');
  const found = image.layers.map(({ diffId }, at) => ({
    VulnerabilityID: `CVE-2026-${at}`,
    PkgName: `package-${at}`,
    InstalledVersion: '1',
    Severity: 'HIGH',
    Layer: { DiffID: diffId },
  }));
  const report = {
    SchemaVersion: 2,
    ArtifactName: 'image.tar',
    ArtifactType: 'container_image',
    Metadata: { OS: { Family: 'debian', Name: '12.1' }, ImageID: image.config.descriptor.digest },
    Results: [{ Target: 'debian', Class: 'os-pkgs', Vulnerabilities: found }],
  };
  const command = saying(JSON.stringify(report));
  const root = repository({});
  const scanner = { tool: 'command', command, format: 'trivy' };
  writeFileSync(join(root, '.base-image-refresh.yml'), JSON.stringify({ scanner }));
  const world = createWorld({ cwd: root });
  const host = recordingHost({ command: 'scan', image: `${server.host}/acme/web:1`, allow: 'scanner-command' });
  await scanCommand(await loadConfig(host, world), host, world);
  const read = JSON.parse(await world.files.readText(join(root, '.base-image-refresh/report.json')));
  await world.close();
  const { findings } = read.images[0].scan;
  return findings.map(({ owner }: { owner: string }) => owner);
}

const name = () => `${server.host}/library/base:1`;

test('an image that names its base and digest has owners', async () => {
  const keys = ['org.opencontainers.image.base.name', 'org.opencontainers.image.base.digest'] as const;
  const stated = { [keys[0]]: name(), [keys[1]]: base.descriptor.digest };
  expect(await owners({ annotations: stated })).toEqual(['base', 'app']);
  expect(await owners({ labels: stated })).toEqual(['base', 'app']);
});

test('an image with the record of a refresh has owners', async () => {
  const record = writeOwnRecord([
    { reference: `${server.host}/library/builder:1`, digest: other.descriptor.digest },
    { reference: name(), digest: base.descriptor.digest },
  ]);
  expect(await owners({ annotations: { 'dev.base-image-refresh.bases': record } })).toEqual(['base', 'app']);
});

test.each([
  ['names none', {}],
  ['names one that it does not stand on', { digest: 'other' }],
  ['names one that is not there', { digest: `sha256:${'0'.repeat(64)}` }],
])('an image that %s has none', async (_, { digest }: { digest?: string }) => {
  const annotations: Record<string, string> =
    digest === undefined
      ? {}
      : {
          'org.opencontainers.image.base.name': name(),
          'org.opencontainers.image.base.digest': digest === 'other' ? other.descriptor.digest : digest,
        };
  expect(await owners({ annotations })).toEqual(['unknown', 'unknown']);
});
