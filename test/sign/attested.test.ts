import { afterEach, describe, expect, test } from 'vitest';
import { type AttachedDocument, readAttached } from '../../core/baseline/attached-documents.ts';
import { recordType } from '../../core/baseline/record.ts';
import { digestOf } from '../../core/oci/digest.ts';
import { mediaTypes } from '../../core/oci/manifest.ts';
import { parseReference, withDigest } from '../../core/oci/reference.ts';
import { version } from '../../core/product.ts';
import { attachAll } from '../../core/sign/attach.ts';
import { refreshRecord, type SigningSubject, scanPredicateOf } from '../../core/sign/predicates.ts';
import { sbomsOf } from '../../core/sign/sbom.ts';
import type { Signer, SignSettings } from '../../core/sign/settings.ts';
import { signImage } from '../../core/sign/sign-image.ts';
import { signerDefinitions } from '../../core/sign/signers.ts';
import { signedStatements } from '../../core/sign/verifier.ts';
import { baseOf, digestNo, pinOf } from '../rebuild/support.ts';
import { at, closeAll, createHarness, putImage, start } from '../registry/harness.ts';
import { config, registryOf, trivyWorld } from '../scan/support.ts';
import { tools } from './programs.ts';

const image = withDigest(parseReference('ghcr.io/acme/web:1'), digestNo(1));

describe('what is attached', () => {
  afterEach(closeAll);

  test.each([
    ['vuln', 'https://cosign.sigstore.dev/attestation/vuln/v1'],
    ['cyclonedx', 'https://cyclonedx.org/bom'],
    [recordType, recordType],
  ])('as %s is a referrer of the image that holds a statement of type %s', async (type, predicateType) => {
    const server = await start();
    const { digest } = putImage(server, 'acme/web', '1');
    const { registry } = createHarness();
    const published = { ...at(server, 'acme/web', '1'), digest };
    const [reference] = await attachAll(registry, published, [{ type, digest, document: { a: 1 } }]);
    const { documents } = await readAttached(registry, published, digest);
    expect(documents).toEqual([
      {
        referrer: reference?.digest,
        mediaType: mediaTypes.inToto,
        document: {
          _type: 'https://in-toto.io/Statement/v1',
          subject: [{ name: `${server.host}/acme/web`, digest: { sha256: digest.slice('sha256:'.length) } }],
          predicateType,
          predicate: { a: 1 },
        },
      },
    ]);
  });
});

describe('what is attested of an image', () => {
  const scanner = { name: 'any scan', version: '1+2', database: '2026-11-20T00:00:00Z' };
  const subject: SigningSubject = {
    releases: [parseReference('ghcr.io/acme/web:1')],
    built: {
      reference: image,
      digest: image.digest,
      engine: 'docker',
      pinned: [pinOf(baseOf('debian:12'), digestNo(3), digestNo(2)), pinOf(baseOf('node:24'), digestNo(4))],
      evidence: 'layers',
      durationMs: 1,
      notes: [],
    },
    scan: { kind: 'scanned', scanner, platforms: [], findings: [] },
    policy: { severityThreshold: 'high' },
    policyDigest: digestNo(7),
    scanned: { settings: digestNo(8), base: digestNo(3) },
    exceptions: [{ id: 'CVE-2026-1', reason: 'not reachable' }],
    startedAt: new Date('2026-11-21T00:00:00Z'),
    finishedAt: new Date('2026-11-21T00:01:00Z'),
  };

  test('names the bases that it was built on, and those before them', () => {
    expect(refreshRecord(subject)).toEqual({
      type: recordType,
      digest: image.digest,
      document: {
        tool: { name: 'base-image-refresh', version },
        image: ['ghcr.io/acme/web:1'],
        bases: [
          { reference: 'docker.io/library/debian:12', digest: digestNo(3), previous: digestNo(2) },
          { reference: 'docker.io/library/node:24', digest: digestNo(4), previous: null },
        ],
        source: null,
        engine: { name: 'docker', evidence: 'layers' },
        scanner,
        policy: subject.policy,
        verdict: 'pass',
        exceptions: subject.exceptions,
        startedAt: '2026-11-21T00:00:00.000Z',
        finishedAt: '2026-11-21T00:01:00.000Z',
      },
    });
  });

  test('names the scan as cosign does', () => {
    expect(scanPredicateOf(subject)).toEqual({
      type: 'vuln',
      digest: image.digest,
      document: {
        invocation: { parameters: [], uri: '', event_id: '', 'builder.id': 'urn:base-image-refresh' },
        scanner: {
          uri: 'pkg:generic/any%20scan@1%2B2',
          version: '1+2',
          db: { uri: '', version: '', lastUpdate: '2026-11-20T00:00:00Z' },
          result: {
            schemaVersion: 1,
            scanner,
            platforms: [],
            findings: [],
            with: { settings: digestNo(8), base: digestNo(3) },
          },
        },
        metadata: { scanStartedOn: '2026-11-21T00:00:00.000Z', scanFinishedOn: '2026-11-21T00:01:00.000Z' },
      },
    });
  });

  test('is what is asked for, in that order', async () => {
    const signed: unknown[] = [];
    const bom = { type: 'cyclonedx', digest: image.digest, document: {} };
    const table = {
      ...signerDefinitions,
      cosign: { ...signerDefinitions.cosign, sign: async (...args: unknown[]) => void signed.push(args[3]) },
    };
    const context = { ...tools('exit 1').context, registry: createHarness().registry };
    const settings: SignSettings = {
      tool: 'cosign',
      transparencyLog: true,
      recursive: true,
      attestations: ['scan', 'sbom', 'record'],
    };
    await signImage(context, settings, subject, async () => [bom], table);
    expect(signed).toEqual([[scanPredicateOf(subject), bom, refreshRecord(subject)]]);
  });
});

describe('notation', () => {
  afterEach(closeAll);
  const settings: SignSettings = { tool: 'notation', transparencyLog: false, recursive: true, attestations: [] };

  /** Has notation sign an image of a registry, and says what it and the registry were asked to do. */
  async function sign(script: string, more: (root: string) => Partial<SignSettings>) {
    const server = await start();
    const { digest } = putImage(server, 'acme/web', '1');
    const { registry } = createHarness();
    const { context, root, read } = tools(script);
    const published = { ...at(server, 'acme/web', '1'), digest };
    const predicate = { type: recordType, digest, document: { a: 1 } };
    const done = signerDefinitions.notation.sign({ ...context, registry }, { ...settings, ...more(root) }, published, [
      predicate,
    ]);
    return {
      done,
      root,
      read,
      digest,
      place: `${server.host}/acme/web`,
      list: () => registry.referrers(published, digest),
    };
  }

  test.each<[string, (root: string) => Partial<SignSettings>, string, string]>([
    ['its own key', () => ({}), 'notation', 'sign'],
    ['a key of its list', () => ({ key: 'team' }), 'notation', 'sign --key team'],
    ['the key of a plugin', () => ({ key: 'k', plugin: 'azure-kv' }), 'notation', 'sign --plugin azure-kv --id k'],
    ['the program that is named', (root) => ({ path: `${root}/bin/cosign` }), 'cosign', 'sign'],
  ])('signs the image and each statement about it with %s', async (_, more, program, words) => {
    const { done, root, read, place, digest, list } = await sign('exit 0', more);
    await done;
    const [statement] = await list();
    expect(read().trim().split('\n')).toEqual(
      [digest, statement?.digest].map(
        (signed) => `${root}/bin/${program} ${words} --insecure-registry ${place}@${signed}`,
      ),
    );
  });

  test('that fails is reported in its words', async () => {
    const { done } = await sign('echo "Error: no such key" >&2; exit 1', () => ({}));
    await expect(done).rejects.toThrow(/notation could not sign it: it ended with exit code 1: Error: no such key/);
  });
});

describe('a bill of materials', () => {
  const platform = { os: 'linux', architecture: 'amd64' };
  const reference = { registry: 'r.example', repository: 'app', digest: digestOf('index') };
  const registry = registryOf([{ platform, digest: digestOf('amd64') }]);
  const made = async (report: string, scanner: (root: string) => Parameters<typeof config>[0]) => {
    const { world, root, commands } = await trivyWorld({ report });
    await world.files.write(`${root}/own/trivy`, 'another program');
    const context = { world, config: config(scanner(root)), registry, log: () => {}, secret: () => {} };
    return { predicates: await sbomsOf(context, reference), programs: commands.map(({ file }) => file), root };
  };
  const bom = { bomFormat: 'CycloneDX', specVersion: '1.6' };

  test.each<[string, (root: string) => Parameters<typeof config>[0], string]>([
    ['by Trivy on PATH', () => ({}), 'bin/trivy'],
    ['by the Trivy that is named', (root) => ({ path: `${root}/own/trivy` }), 'own/trivy'],
    ['by Trivy where another scanner is named', (root) => ({ tool: 'grype', path: `${root}/own/trivy` }), 'bin/trivy'],
  ])('is made %s, of each platform', async (_, scanner, program) => {
    const { predicates, programs, root } = await made(JSON.stringify(bom), scanner);
    expect(predicates).toEqual([{ type: 'cyclonedx', digest: digestOf('amd64'), document: bom }]);
    expect([...new Set(programs)]).toEqual([`${root}/${program}`]);
  });

  test.each(['{}', 'null', '"bomFormat"', '{'])('is not %s', async (report) => {
    await expect(made(report, () => ({}))).rejects.toThrow('Trivy made a bill of materials that is not CycloneDX');
  });
});

describe('of the statements beside an image', () => {
  const byKey: Signer = { kind: 'cosign-key', key: 'team.pub', transparencyLog: true };
  const notation: Signer = { kind: 'notation' };
  const statement = (no: number): AttachedDocument => ({
    referrer: digestNo(no),
    mediaType: mediaTypes.inToto,
    document: { predicateType: recordType, predicate: { no } },
  });
  const [first, second] = [statement(5), statement(6)];
  const envelope = JSON.stringify({ payload: Buffer.from(JSON.stringify(second.document)).toString('base64') });
  const isFirst = `case "$*" in *${first.referrer}) true;; *) false;; esac`;

  test.each<[string, Signer, string, readonly AttachedDocument[]]>([
    ['those that cosign prints', byKey, `echo '${envelope}'; echo`, [second]],
    ['nothing where cosign finds no attestation', byKey, 'echo "Error: no matching attestations: bad" >&2; exit 1', []],
    [
      'those whose manifest notation believes',
      notation,
      `${isFirst} || { echo "Error: signature verification failed for all the signatures" >&2; exit 1; }`,
      [first],
    ],
    ['nothing where notation finds no signature', notation, 'echo "Error: no signature is associated" >&2; exit 1', []],
  ])('count %s', async (_, signer, script, counted) => {
    const { context } = tools(script);
    expect(await signedStatements(context, signer, image, [first, second])).toEqual(counted);
  });

  test.each([
    [
      byKey,
      `echo '${envelope}'; echo "Error: no route" >&2; exit 1`,
      /cosign could not verify its attestations: .*no route/,
    ],
    [byKey, `echo '${envelope}'; kill -9 $$`, /cosign could not verify its attestations: it was ended by SIGKILL/],
    [notation, 'echo "Error: trust policy is not present" >&2; exit 1', /notation could not verify it/],
  ])('%o that could not verify them has no answer (%s)', async (signer, script, sentence) => {
    const { context } = tools(script);
    await expect(signedStatements(context, signer, image, [first, second])).rejects.toThrow(sentence);
  });
});
