import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { mediaTypes } from '../../core/oci/manifest.ts';
import { debianBase } from '../../testing/debian.ts';
import { makeIndex } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { packTrivyDatabase } from '../../testing/trivy-db.ts';
import { type RunningDockerd, startDockerd } from './setup/dockerd.ts';
import { describeWith, program } from './setup/parts.ts';
import { must } from './setup/run.ts';

// The in-process registry stands in for real ones in most tests: real clients must find nothing wrong with it.

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'registry-clients-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const users = { ann: 'secret' };

describeWith(['crane'], 'crane', () => {
  test.each([{ kind: 'none' }, { kind: 'basic', users }, { kind: 'token', users }] as const)(
    'copies, lists and deletes with authentication $kind',
    async (authentication) => {
      const registry = await startRegistry({ authentication });
      const base = makeIndex([await debianBase('v1')]);
      await pushImage(registry.store, 'library/debian', base, '12');
      const env = { HOME: folder, DOCKER_CONFIG: folder };
      const crane = (...args: readonly string[]) => must(program('crane', 'crane'), [...args, '--insecure'], { env });
      if (authentication.kind !== 'none') {
        await crane('auth', 'login', registry.host, '--username', 'ann', '--password', 'secret');
      }
      await crane('copy', `${registry.host}/library/debian:12`, `${registry.host}/team/base:1`);
      expect(await crane('digest', `${registry.host}/team/base:1`)).toBe(`${base.descriptor.digest}\n`);
      expect(registry.requests.filter(({ query, status }) => query.includes('mount=') && status === 201)).not.toEqual(
        [],
      );
      expect(await crane('ls', `${registry.host}/team/base`)).toBe('1\n');
      expect(await crane('catalog', registry.host)).toBe('library/debian\nteam/base\n');
      await crane('delete', `${registry.host}/team/base@${base.descriptor.digest}`);
      expect(registry.store.tags('team/base')).toEqual([]);
      await registry.close();
    },
  );
});

describeWith(['oras'], 'oras', () => {
  test.each([true, false])('attaches and finds referrers, with the referrers API: %s', async (referrers) => {
    const registry = await startRegistry({ referrers });
    await pushImage(registry.store, 'team/app', await debianBase('v1'), '1');
    await writeFile(join(folder, 'note.txt'), 'a note');
    const image = `${registry.host}/team/app:1`;
    const oras = (...args: readonly string[]) =>
      must(program('oras', 'oras'), [...args, '--plain-http'], { cwd: folder, env: { HOME: folder } });
    await oras('attach', '--artifact-type', 'test/note', image, 'note.txt:text/plain');
    const found = JSON.parse(await oras('discover', '--format', 'json', image)) as {
      referrers: { artifactType: string }[];
    };
    expect(found.referrers.map(({ artifactType }) => artifactType)).toEqual(['test/note']);
    const fallback = registry.store.tags('team/app').filter((tag) => tag.startsWith('sha256-'));
    expect(fallback).toHaveLength(referrers ? 0 : 1);
    await registry.close();
  });
});

describeWith(['trivy', 'oras'], 'Trivy', () => {
  test('fetches its database from the registry and scans an image there', async () => {
    const registry = await startRegistry();
    await pushImage(registry.store, 'library/debian', makeIndex([await debianBase('v1')]), '12');
    await writeFile(join(folder, 'db.tar.gz'), await packTrivyDatabase());
    const database = `${registry.host}/aquasec/trivy-db:2`;
    const type = 'application/vnd.aquasec.trivy';
    const artifact = ['--artifact-type', `${type}.config.v1+json`, database, `db.tar.gz:${type}.db.layer.v1.tar+gzip`];
    const env = { HOME: folder, TMPDIR: folder };
    await must(program('oras', 'oras'), ['push', '--plain-http', ...artifact], { cwd: folder, env });
    const report = join(folder, 'report.json');
    const cache = ['--cache-dir', join(folder, 'cache'), '--db-repository', database];
    const scan = ['--image-src', 'remote', '--scanners', 'vuln', '--format', 'json', '--output', report];
    const trivy = [
      'image',
      ...cache,
      ...scan,
      '--insecure',
      '--skip-version-check',
      `${registry.host}/library/debian:12`,
    ];
    await must(program('trivy', 'trivy'), trivy, { env });
    const { Results: results } = JSON.parse(await readFile(report, 'utf8'));
    const found = results.flatMap((result: { Vulnerabilities?: { VulnerabilityID: string; PkgName: string }[] }) =>
      (result.Vulnerabilities ?? []).map(({ VulnerabilityID, PkgName }) => `${PkgName} ${VulnerabilityID}`),
    );
    expect(found.sort()).toEqual([
      'coreutils CVE-2016-2781',
      'libpcre2-8-0 CVE-2026-103111',
      'libssl3 CVE-2026-63072',
      'libssl3 CVE-2026-75803',
      'libssl3 CVE-2026-77696',
      'openssl CVE-2026-63072',
      'openssl CVE-2026-75803',
      'openssl CVE-2026-77696',
      'perl-base CVE-2011-4116',
      'perl-base CVE-2026-8376',
      'tar CVE-2005-2541',
      'zlib1g CVE-2023-45853',
    ]);
    await registry.close();
  });
});

describeWith(['dockerd'], 'buildx', () => {
  let registry: TestRegistry;
  let engine: RunningDockerd;
  beforeAll(async () => {
    registry = await startRegistry();
    engine = await startDockerd({ mirror: registry.host });
  });
  afterAll(async () => {
    await engine?.stop();
    await registry?.close();
  });

  test('builds on a base pulled through the mirror and pushes an index with provenance', async () => {
    const base = makeIndex([await debianBase('v1')]);
    await pushImage(registry.store, 'library/debian', base, '12');
    await writeFile(join(folder, 'Dockerfile'), 'FROM debian:12\nCOPY Dockerfile /app/\n');
    const image = `${registry.host}/team/app:1`;
    await engine.docker(
      'buildx',
      'build',
      '--provenance=mode=max',
      '--output',
      `type=image,name=${image},push=true`,
      folder,
    );
    const held = registry.store.manifest('team/app', '1');
    expect(held?.mediaType).toBe(mediaTypes.ociIndex);
    const index = JSON.parse(held?.bytes.toString('utf8') ?? '{}') as { manifests: { platform: { os: string } }[] };
    expect(index.manifests.map(({ platform }) => platform.os)).toEqual(['linux', 'unknown']);
    const digest = base.descriptor.digest;
    expect(registry.requests.map(({ path }) => path)).toContain(`/v2/library/debian/manifests/${digest}`);
    expect(await engine.docker('pull', image)).toContain(registry.store.digestOf('team/app', '1'));
  });
});
