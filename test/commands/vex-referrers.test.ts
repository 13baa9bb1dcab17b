import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { run } from '../../core/run.ts';
import { createWorld } from '../../core/world.ts';
import { makeImage, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { recordingHost } from '../hosts/recording-host.ts';
import { repository } from '../hosts/repository.ts';
import { saying } from '../support/scanner.ts';

let server: TestRegistry;
let digest: string;
beforeEach(async () => {
  server = await startRegistry();
  const image = makeImage({ layers: [await makeLayer({ app: 'web' })] });
  digest = (await pushImage(server.store, 'acme/web', image, '1')).digest;
});
afterEach(() => server.close());

const openVex = (status = 'not_affected', product = `pkg:oci/web@${encodeURIComponent(digest)}`) => ({
  '@context': 'https://openvex.dev/ns/v0.2.0',
  '@id': 'https://acme.example/vex/1',
  author: 'acme',
  timestamp: '2026-11-01T00:00:00Z',
  version: 1,
  statements: [
    {
      vulnerability: { name: 'CVE-2026-1' },
      products: [{ '@id': product }],
      status,
      ...(status === 'not_affected' ? { justification: 'vulnerable_code_not_in_execute_path' } : {}),
    },
  ],
});

const inToto = 'application/vnd.in-toto+json';
const openVexType = 'https://openvex.dev/ns/v0.2.0';

/** Attaches a document to the image as a referrer of one layer. */
function attach(mediaType: string, document: unknown) {
  const text = typeof document === 'string' ? document : JSON.stringify(document);
  const layer = server.store.putBlob('acme/web', text, mediaType);
  const config = server.store.putBlob('acme/web', '{}', 'application/vnd.oci.empty.v1+json');
  const held = server.store.manifest('acme/web', '1');
  if (held === undefined) throw new Error('no image');
  server.store.putManifest('acme/web', {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    artifactType: mediaType,
    config,
    layers: [layer],
    subject: { mediaType: held.mediaType, digest: held.digest, size: held.bytes.length },
  });
  return layer.digest;
}

const sarif = {
  version: '2.1.0',
  runs: [
    {
      tool: { driver: { name: 'anyscan', version: '7', rules: [{ id: 'CVE-1999-1' }] } },
      results: [
        {
          ruleId: 'CVE-2026-1',
          message: { text: 'Package: openssl\nInstalled Version: 3.0.20\nFixed Version: 3.0.22\nSeverity: HIGH' },
        },
      ],
    },
  ],
};

async function scan(inputs: Readonly<Record<string, string>> = { 'vex-referrers': 'true' }) {
  const root = repository({});
  const command = [...saying(JSON.stringify(sarif)), '{image}'];
  const scanner = { tool: 'command', command, format: 'sarif' };
  writeFileSync(join(root, '.base-image-refresh.yml'), JSON.stringify({ scanner }));
  const world = createWorld({ cwd: root });
  const host = recordingHost({
    command: 'scan',
    image: `${server.host}/acme/web:1`,
    allow: 'scanner-command',
    ...inputs,
  });
  const conclusion = await run(host, world);
  await world.close();
  const report = JSON.parse(readFileSync(join(root, '.base-image-refresh/report.json'), 'utf8'));
  const warnings = host.logged.filter(({ level }) => level === 'warning').map(({ message }) => message);
  return { conclusion, gate: report.images[0].gate, warnings };
}

const statement = (predicateType: string, predicate: unknown) => ({
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: 'web', digest: { sha256: digest.slice(7) } }],
  predicateType,
  predicate,
});
const wrapped = (payload: unknown) => ({
  dsseEnvelope: { payload: Buffer.from(JSON.stringify(payload)).toString('base64'), signatures: [{ sig: '' }] },
});

describe('VEX documents beside an image', () => {
  test('are not read where policy does not want them', async () => {
    const document = attach('application/openvex+json', openVex());
    expect((await scan({})).conclusion).toBe('policy-failed');
    expect(server.requests.filter(({ path }) => path.includes(document))).toEqual([]);
  });

  test.each([
    ['a document', 'application/openvex+json', () => openVex()],
    ['a statement', 'application/vnd.in-toto+json', () => statement('https://openvex.dev/ns/v0.2.0', openVex())],
    [
      'a signed statement',
      'application/vnd.dev.sigstore.bundle.v0.3+json',
      () => wrapped(statement('https://openvex.dev/ns', openVex())),
    ],
  ])('accept a finding as %s, and say where it was said', async (_, mediaType, document) => {
    attach(mediaType, document());
    const { conclusion, gate } = await scan();
    expect(conclusion).toBe('succeeded');
    expect(gate.exceptionsUsed).toMatchObject([
      { id: 'CVE-2026-1', source: expect.stringMatching(/acme\/web@sha256:/) },
    ]);
  });

  test.each([
    ['says that it is affected', () => attach('application/openvex+json', openVex('affected'))],
    [
      'is a provenance statement',
      () => attach('application/vnd.in-toto+json', statement('https://slsa.dev/provenance/v1', openVex())),
    ],
    [
      'is a mere bill of materials',
      () => attach('application/vnd.cyclonedx+json', { bomFormat: 'CycloneDX', specVersion: '1.6' }),
    ],
    [
      'is a statement without a document',
      () => attach(inToto, { ...statement(openVexType, openVex()), predicate: null }),
    ],
    ['is a statement with a text', () => attach(inToto, statement(openVexType, 'not affected'))],
    ['is no document', () => attach('application/openvex+json', 'null')],
  ])('accept nothing where one %s', async (_, attachIt) => {
    attachIt();
    const { conclusion, warnings } = await scan();
    expect([conclusion, warnings]).toEqual(['policy-failed', []]);
  });

  test('that are broken are told and accept nothing', async () => {
    attach('application/openvex+json', { '@context': 'https://openvex.dev/ns', statements: 'none' });
    const { conclusion, warnings } = await scan();
    expect(conclusion).toBe('policy-failed');
    expect(warnings.join()).toContain('is not valid OpenVEX at');
  });

  test.each([
    ['are no index', { kind: 'status', status: 200, body: 'none' }],
    ['are forbidden', { kind: 'status', status: 403 }],
    ['need a login', { kind: 'status', status: 401 }],
  ] as const)('that %s are reported and accept nothing', async (_, effect) => {
    attach('application/openvex+json', openVex());
    server.inject({ path: /referrers/, effect });
    const { conclusion, warnings } = await scan();
    expect(conclusion).toBe('policy-failed');
    expect(warnings.join()).toContain('their VEX documents are unknown');
  });
});
