import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recordType } from '../../core/baseline/record.ts';
import type { Digest } from '../../core/oci/digest.ts';
import { formatReference, parseReference, withDigest } from '../../core/oci/reference.ts';
import { run } from '../../core/run.ts';
import { attach } from '../../core/sign/attach.ts';
import { createWorld } from '../../core/world.ts';
import { debianBase } from '../../testing/debian.ts';
import { type Image, makeImage, makeIndex, makeLayer } from '../../testing/images.ts';
import { type Destination, pushImage } from '../../testing/push.ts';
import { startRegistry } from '../../testing/registry.ts';
import { recordingHost } from '../hosts/recording-host.ts';
import { closeHarnesses, createHarness } from '../registry/harness.ts';
import { saying } from '../support/scanner.ts';
import { startDistribution } from './setup/distribution.ts';
import { describeWith, program } from './setup/parts.ts';
import { must, run as runProgram } from './setup/run.ts';

interface Place {
  readonly host: string;
  readonly to: Destination;
  stop(): Promise<void>;
}

const places: Readonly<Record<string, () => Promise<Place>>> = {
  'a registry without referrers': async () => {
    const { host, stop } = await startDistribution();
    return { host, to: { url: `http://${host}` }, stop };
  },
  'a registry with referrers': async () => {
    const server = await startRegistry();
    return { host: server.host, to: server.store, stop: () => server.close() };
  },
};

const nothing = JSON.stringify({
  version: '2.1.0',
  runs: [
    {
      tool: { driver: { name: 'anyscan', version: '7', rules: [{ id: 'CVE-1999-1' }] } },
      results: [
        {
          ruleId: 'CVE-2026-1',
          message: { text: 'Package: a\nInstalled Version: 1\nSeverity: LOW' },
        },
      ],
    },
  ],
});

describeWith(['cosign', 'notation', 'distribution', 'crane', 'trivy'], 'signing', () => {
  let folder: string;
  let v1: Image;
  let v2: Image;
  const env = () => ({ PATH: process.env.PATH ?? '', HOME: folder, COSIGN_PASSWORD: 'for this test only' });
  const cosign = (...args: readonly string[]) =>
    runProgram(program('cosign', 'cosign'), args, { cwd: folder, env: env() });
  const notation = (...args: readonly string[]) =>
    must(program('notation', 'notation'), args, { cwd: folder, env: env() });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bir-sign-'));
    [v1, v2] = await Promise.all([debianBase('v1'), debianBase('v2')]);
    for (const name of ['team', 'other']) {
      expect((await cosign('generate-key-pair', '--output-key-prefix', name)).code).toBe(0);
    }
    expect((await cosign('signing-config', 'create', '--out', 'signing.json')).code).toBe(0);
    for (const name of ['team', 'other']) await notation('cert', 'generate-test', name);
    const policy = { name: 'team', registryScopes: ['*'], signatureVerification: { level: 'strict' } };
    const trusted = { ...policy, trustStores: ['ca:team'], trustedIdentities: ['*'] };
    writeFileSync(join(folder, 'policy.json'), JSON.stringify({ version: '1.0', trustPolicies: [trusted] }));
    await notation('policy', 'import', 'policy.json');
  });
  afterAll(async () => {
    await closeHarnesses();
    rmSync(folder, { recursive: true, force: true });
  });

  describe.each(Object.entries(places))('%s', (_, start) => {
    let place: Place;
    let images = 0;
    beforeAll(async () => {
      place = await start();
      await pushImage(place.to, 'library/debian', v1);
      await pushImage(place.to, 'library/debian', v2, '12');
    });
    afterAll(() => place?.stop());

    /** Publishes an app on the old base under a new name. */
    async function published(): Promise<string> {
      const repository = `team/web${++images}`;
      const annotations = {
        'org.opencontainers.image.base.name': `${place.host}/library/debian:12`,
        'org.opencontainers.image.base.digest': v1.descriptor.digest,
      };
      const app = makeImage({
        base: v1,
        layers: [await makeLayer({ 'srv/': { directory: true }, 'srv/app': repository })],
      });
      await pushImage(place.to, repository, makeIndex([app], { annotations }), '1');
      return `${place.host}/${repository}:1`;
    }

    const digest = async (reference: string) =>
      (await must(program('crane', 'crane'), ['digest', '--insecure', reference])).trim();

    /** Rebases an image with the settings given, as a user's configuration file says them. */
    const rebase = (image: string, settings: object, variables = env()) => ask('rebase', image, settings, variables);

    async function ask(
      command: 'rebase' | 'check' | 'rollback' | 'scan',
      image: string,
      settings: object,
      variables = env(),
      inputs: Readonly<Record<string, string>> = {},
    ) {
      const root = mkdtempSync(join(folder, 'run-'));
      writeFileSync(join(root, 'Dockerfile'), `FROM ${place.host}/library/debian:12\n`);
      const scanner = {
        tool: 'command',
        command: [...saying(nothing), '{image}'],
        format: 'sarif',
      };
      writeFileSync(join(root, '.base-image-refresh.yml'), JSON.stringify({ scanner, ...settings }));
      const real = createWorld({ cwd: root });
      const path = [
        program('cosign', 'cosign'),
        program('notation', 'notation'),
        program('trivy', 'trivy'),
        process.execPath,
      ];
      const PATH = path.map((file) => join(file, '..')).join(':');
      const world = { ...real, env: { ...variables, PATH } };
      const host = recordingHost({
        command,
        image,
        allow: 'scanner-command, sign-key, verify-base-key, verify-attestations-key',
        ...inputs,
      });
      const conclusion = await run(host, world);
      await real.close();
      const errors = host.logged.filter(({ level }) => level === 'error').map(({ message }) => message);
      const report = () => JSON.parse(readFileSync(join(root, '.base-image-refresh/report.json'), 'utf8')).images[0];
      return { conclusion, errors, report, logged: host.logged.map(({ message }) => message) };
    }

    const insecure = ['--insecure-ignore-tlog=true', '--allow-http-registry'];
    const sign = () => ({ sign: { tool: 'cosign', key: join(folder, 'team.key'), 'transparency-log': false } });

    test('has the release signed by cosign, with our record and the scan attested', async () => {
      const image = await published();
      const { conclusion, errors, report } = await rebase(image, {
        sign: { ...sign().sign, attest: ['record', 'scan', 'vsa'] },
      });
      expect([conclusion, errors]).toEqual(['succeeded', []]);
      const exact = `${image}@${await digest(image)}`;
      expect(report().signature).toEqual({
        tool: 'cosign',
        key: join(folder, 'team.key'),
        attestations: ['record', 'scan', 'vsa'],
      });
      expect((await cosign('verify', '--key', 'team.pub', ...insecure, image)).code).toBe(0);
      expect((await cosign('verify', '--key', 'other.pub', ...insecure, image)).code).not.toBe(0);
      const attested = async (type: string) => {
        const said = await cosign('verify-attestation', '--key', 'team.pub', '--type', type, ...insecure, exact);
        expect(said.code, said.stderr).toBe(0);
        const { payload } = JSON.parse(said.stdout.split('\n')[0] ?? '');
        return JSON.parse(Buffer.from(payload, 'base64').toString()).predicate;
      };
      expect(await attested(recordType)).toMatchObject({
        bases: [
          {
            reference: `${place.host}/library/debian:12`,
            digest: v2.descriptor.digest,
            previous: v1.descriptor.digest,
          },
        ],
        engine: { name: 'rebase', evidence: 'layers' },
        scanner: { name: 'anyscan', version: '7' },
        verdict: 'pass',
      });
      expect((await attested('vuln')).scanner.result.findings).toHaveLength(1);
      const [name, hex] = [image.replace(/:[^:/]*$/, ''), (await digest(image)).replace(':', '%3A')];
      expect(await attested('https://slsa.dev/verification_summary/v1')).toEqual({
        verifier: {
          id: 'https://github.com/base-image-refresh/base-image-refresh',
          version: { 'base-image-refresh': expect.any(String) },
        },
        timeVerified: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        resourceUri: `pkg:oci/${name.split('/').at(-1)}@${hex}?repository_url=${encodeURIComponent(name)}`,
        policy: {
          uri: 'urn:base-image-refresh:policy',
          digest: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
        },
        verificationResult: 'PASSED',
        verifiedLevels: ['BASE_IMAGE_REFRESH_GATE'],
        slsaVersion: '1.1',
        baseImageRefresh_scan: { digest: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }, database: null },
        inputAttestations: [
          {
            uri: 'https://cosign.sigstore.dev/attestation/vuln/v1',
            digest: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
          },
        ],
      });
      // The attestation that it names is the one that stands beside the image.
      const { inputAttestations } = await attested('https://slsa.dev/verification_summary/v1');
      const { registry } = createHarness();
      const { registry: host, repository } = parseReference(image);
      const there = { registry: host, repository };
      const beside = await registry.referrers(there, (await digest(image)) as Digest);
      const layers = await Promise.all(
        beside.map(async ({ digest }) => {
          const { document } = await registry.manifest(withDigest(there, digest));
          return document.kind === 'manifest' ? document.layers.map((layer) => layer.digest) : [];
        }),
      );
      expect(layers.flat()).toContain(`sha256:${inputAttestations[0].digest.sha256}`);
    });

    test.each([
      ['cosign', () => sign().sign, { key: 'team.pub', 'transparency-log': false }, { key: 'other.pub' }],
      ['notation', () => ({ tool: 'notation', key: 'team' }), { tool: 'notation' }, undefined],
    ] as const)(
      'a verdict signed with %s stands in place of a scan, where the run believes who signed it',
      async (tool, by, rule, other) => {
        const image = await published();
        const own = mkdtempSync(join(folder, 'verdict-'));
        const runs = join(own, 'runs');
        const built = new Date(Date.now() - 3 * 3_600_000).toISOString();
        const vulnerability = { id: 'CVE-2026-1', severity: 'Low', fix: { versions: [], state: 'not-fixed' } };
        const artifact = { name: 'a', version: '1', type: 'deb', locations: [], purl: 'pkg:deb/debian/a@1' };
        const matches = [{ vulnerability, relatedVulnerabilities: [], artifact }];
        const source = { type: 'image', target: { manifestDigest: 'DIGEST', repoDigests: [], layers: [] } };
        const descriptor = { name: 'grype', version: '0.100.0', db: { status: { built } } };
        const found = JSON.stringify({ matches, source, distro: { name: 'debian', version: '12' }, descriptor });
        writeFileSync(join(own, 'found.json'), found);
        const script = 'printf x >> "$0/runs"; exec /bin/sed "s/DIGEST/$1/" "$0/found.json"';
        const scans = () => readFileSync(runs, 'utf8').length;
        const scanner = { tool: 'command', command: ['/bin/sh', '-c', script, own, '{digest}'], format: 'grype' };
        const policy = (trust: object, gate?: object) => {
          const file = join(mkdtempSync(join(own, 'policy-')), 'policy.yml');
          const named = 'key' in trust ? { ...trust, key: join(folder, String(trust.key)) } : trust;
          const rules = [{ match: `${place.host}/team/**`, ...named }];
          writeFileSync(
            file,
            JSON.stringify({ 'verify-attestations': rules, ...(gate === undefined ? {} : { gate }) }),
          );
          return file;
        };
        const run = { policy: policy(rule), 'verdict-max-age': '12h' };
        const signed = { scanner, sign: { ...by(), attest: ['scan', 'vsa'] } };
        const { conclusion, errors } = await ask('rebase', image, signed, env(), run);
        expect([conclusion, errors]).toEqual(['succeeded', []]);
        const first = scans();

        const again = async (inputs: Readonly<Record<string, string>>, settings: object = { scanner }) => {
          const before = scans();
          const { conclusion, report, logged } = await ask('scan', image, settings, env(), inputs);
          expect(conclusion).toBe('succeeded');
          return { started: scans() - before, scan: report().scan, logged };
        };
        const reused = await again(run);
        expect(reused.started).toBe(0);
        expect(reused.scan).toMatchObject({ reused: true, scanner: { name: 'grype', database: built } });
        expect(reused.scan.findings.map(({ id, owner }: { id: string; owner: string }) => [id, owner])).toEqual([
          ['CVE-2026-1', 'unknown'],
        ]);
        expect(reused.logged.join('\n')).toContain(
          'not scanned again: the verdict on it, signed as verify-attestations',
        );

        const { policy: _, ...unnamed } = run;
        const others: readonly Readonly<Record<string, string>>[] = [
          { policy: run.policy },
          { ...run, 'verdict-max-age': '2h' },
          { ...run, policy: policy(rule, { 'severity-threshold': 'medium' }) },
          unnamed,
          ...(other === undefined ? [] : [{ ...run, policy: policy({ ...rule, ...other }) }]),
        ];
        for (const inputs of others) expect(await again(inputs), JSON.stringify(inputs)).toMatchObject({ started: 1 });
        // Whom the repository believes, the run does not.
        const believing = { scanner, 'verify-attestations': [{ match: `${place.host}/team/**`, ...rule }] };
        if (tool === 'notation') expect(await again(unnamed, believing)).toMatchObject({ started: 1 });
        expect((await again(run, { scanner: { ...scanner, 'database-max-age': 30 } })).started).toBe(1);
        expect(first).toBe(2);
      },
    );

    test('has a bill of materials attested for each platform, where one is wanted', async () => {
      const image = await published();
      const { sign: plain } = sign();
      const { conclusion, errors } = await rebase(image, { sign: { ...plain, attest: ['sbom'] } });
      expect([conclusion, errors]).toEqual(['succeeded', []]);
      const { manifests } = JSON.parse(await must(program('crane', 'crane'), ['manifest', '--insecure', image]));
      const child = image.replace(/:1$/, `@${manifests[0].digest}`);
      const said = await cosign('verify-attestation', '--key', 'team.pub', '--type', 'cyclonedx', ...insecure, child);
      expect(said.code, said.stderr).toBe(0);
      const { payload } = JSON.parse(said.stdout.split('\n')[0] ?? '');
      const { predicate } = JSON.parse(Buffer.from(payload, 'base64').toString());
      expect(predicate.components.map(({ name }: { readonly name: string }) => name)).toContain('openssl');
    });

    test('verifies no index that was changed after it was signed', async () => {
      const image = await published();
      await rebase(image, { sign: { ...sign().sign, attest: ['none'] } });
      const repository = image.slice(place.host.length + 1).replace(/:1$/, '');
      const manifest = JSON.parse(await must(program('crane', 'crane'), ['manifest', '--insecure', image]));
      const tampered = { ...manifest, annotations: { ...manifest.annotations, tampered: 'yes' } };
      const answer = await fetch(`http://${place.host}/v2/${repository}/manifests/tampered`, {
        method: 'PUT',
        headers: { 'content-type': manifest.mediaType },
        body: JSON.stringify(tampered),
      });
      expect(answer.status).toBe(201);
      const said = await cosign('verify', '--key', 'team.pub', ...insecure, image.replace(/:1$/, ':tampered'));
      expect(said.code).not.toBe(0);
    });

    test('keeps its release where signing fails', async () => {
      const image = await published();
      const before = await digest(image);
      const { conclusion, errors } = await rebase(image, sign(), { ...env(), COSIGN_PASSWORD: 'another' });
      expect(conclusion).toBe('incomplete');
      expect(errors.join()).toContain('cosign could not sign it: it ended with exit code 1');
      expect(await digest(image)).toBe(before);
    });

    test('has the release and what is attested of it signed by notation', async () => {
      const image = await published();
      const { conclusion, errors } = await rebase(image, { sign: { tool: 'notation', key: 'team' } });
      expect([conclusion, errors]).toEqual(['succeeded', []]);
      const exact = image.replace(/:1$/, `@${await digest(image)}`);
      await notation('verify', '--insecure-registry', exact);
      const discovered = await must(program('notation', 'notation'), ['list', '--insecure-registry', exact], {
        env: env(),
      });
      expect(discovered).toContain('application/vnd.cncf.notary.signature');
    });

    test('believes what is attested beside an image only where whom the user names has signed it', async () => {
      const repository = `team/plain${++images}`;
      // Squashed and without annotations, so that nothing but the attestation can tell its base.
      const app = makeImage({ layers: [await makeLayer({ [repository]: 'app' })] });
      await pushImage(place.to, repository, makeIndex([app]), '1');
      const image = `${place.host}/${repository}:1`;
      const exact = withDigest(parseReference(image), (await digest(image)) as Digest);
      const document = { bases: [{ reference: `${place.host}/library/debian:12`, digest: v2.descriptor.digest }] };
      const { registry } = createHarness();
      const statement = await attach(registry, exact, { type: recordType, digest: exact.digest, document });
      const baseOf = async (rule?: object) => {
        const rules = rule === undefined ? [] : [{ match: `${place.host}/team/**`, ...rule }];
        const { report } = await ask('check', image, { 'verify-attestations': rules });
        const { verdict, evidence, verified } = report().bases[0];
        return [verdict, evidence, verified];
      };
      const byKey = (name: string) => ({ key: join(folder, `${name}.pub`), 'transparency-log': false });
      const believed = ['current', 'own-record', true];
      const nothing = ['unrecorded', null, undefined];
      expect(await baseOf()).toEqual(['unrecorded', 'own-record', false]);
      expect(await baseOf(byKey('team'))).toEqual(nothing);

      expect(await baseOf({ tool: 'notation' })).toEqual(nothing);
      await notation('sign', '--insecure-registry', '--key', 'other', formatReference(statement));
      expect(await baseOf({ tool: 'notation' })).toEqual(nothing);
      await notation('sign', '--insecure-registry', '--key', 'team', formatReference(statement));
      expect(await baseOf({ tool: 'notation' })).toEqual(believed);

      writeFileSync(join(folder, 'record.json'), JSON.stringify(document));
      const about = ['--type', recordType, '--predicate', 'record.json', '--signing-config', 'signing.json'];
      const to = ['--allow-http-registry', image.replace(/:1$/, `@${exact.digest}`)];
      expect((await cosign('attest', '--yes', '--key', 'team.key', ...about, ...to)).code).toBe(0);
      expect(await baseOf(byKey('other'))).toEqual(nothing);
      expect(await baseOf(byKey('team'))).toEqual(believed);
    });

    test('is gone back to only where whom the user names has signed the record of its promotion', async () => {
      const image = await published();
      await rebase(image, { sign: { ...sign().sign, attest: ['record'] } });
      const promoted = await digest(image);
      const repository = image.slice(place.host.length + 1, -':1'.length);
      await pushImage(
        place.to,
        repository,
        makeIndex([makeImage({ layers: [await makeLayer({ their: 'own' })] })]),
        '1',
      );
      const theirs = await digest(image);
      const back = (name: string) => {
        const rule = { match: `${place.host}/team/**`, key: join(folder, `${name}.pub`), 'transparency-log': false };
        return ask('rollback', `${image}@${promoted}`, { 'verify-attestations': [rule] });
      };
      const refused = await back('other');
      expect(refused.conclusion).toBe('usage-error');
      expect(refused.errors.join()).toContain('is not signed by a signer that verify-attestations');
      expect(await digest(image)).toBe(theirs);
      expect(await back('team')).toMatchObject({ conclusion: 'succeeded', errors: [] });
      expect(await digest(image)).toBe(promoted);
    });

    test('takes bases only from signers that policy trusts', async () => {
      const rule = (more: object) => ({ 'verify-base': [{ match: `${place.host}/library/*`, ...more }] });
      const byKey = (name: string) => rule({ key: join(folder, `${name}.pub`), 'transparency-log': false });
      const image = await published();
      const before = await digest(image);
      const base = `${place.host}/library/debian@${v2.descriptor.digest}`;

      const unsigned = await rebase(image, byKey('team'));
      expect(unsigned.conclusion).toBe('policy-failed');
      expect(unsigned.errors.join()).toContain('fails the gate: UNSIGNED-BASE (critical)');
      expect(unsigned.report().gate.breaches[0]).toMatchObject({
        rule: 'unsigned-base',
        advice: `${place.host}/library/debian:12 carries no signature (verify-base ${place.host}/library/*): choose a base that is signed, or change who is believed.`,
      });
      expect(unsigned.report().build).toBeNull();

      const signing = ['--signing-config', 'signing.json', '--allow-http-registry', base];
      expect((await cosign('sign', '--yes', '--key', 'team.key', ...signing)).code).toBe(0);
      const another = await rebase(image, byKey('other'));
      expect(another.conclusion).toBe('policy-failed');
      expect(another.report().gate.breaches[0].advice).toContain('is signed, but not by a signer that policy trusts');

      const unknown = await rebase(image, byKey('missing'));
      expect(unknown.conclusion).toBe('incomplete');
      expect(unknown.errors.join()).toContain('cosign could not verify it');
      expect(await digest(image)).toBe(before);

      expect((await rebase(image, rule({ tool: 'notation' }))).conclusion).toBe('policy-failed');
      await notation('sign', '--insecure-registry', '--key', 'other', base);
      expect((await rebase(await published(), byKey('team'))).conclusion).toBe('succeeded');
      await notation('sign', '--insecure-registry', '--key', 'team', base);
      expect((await rebase(image, rule({ tool: 'notation' }))).conclusion).toBe('succeeded');
    });
  });
});
