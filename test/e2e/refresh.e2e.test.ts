import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RefreshReport, ReportedImage } from '../../core/report/report.ts';
import { changedPackages, publishBase } from './setup/base-pair.ts';
import { describeWith, program } from './setup/parts.ts';
import { readPublished } from './setup/published.ts';
import { must } from './setup/run.ts';
import { type Site, startSite } from './setup/site.ts';
import { works, writeWorks } from './setup/works.ts';

// Whole builds: what is safe to rebase is tried with the engines.
const policy = ['--severity-threshold', 'high', '--only-fixable', '--engine', 'buildx'];

describeWith(['dockerd', 'distribution', 'trivy', 'crane', 'debian-pair', 'node24'], 'a real upstream update', () => {
  let site: Site;
  let oldBase: string;
  let newBase: string;
  let before: Readonly<Record<string, string | null>>;
  let report: RefreshReport;

  const tags = async () => {
    const names = [...works.map((name) => `team/${name}:1`), 'team/tool:latest'];
    return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await site.digest(name)])));
  };
  const image = (name: string): ReportedImage => {
    const found = report.images.find((entry) => entry.name === name);
    if (found === undefined) throw new Error(`the report has no ${name}`);
    return found;
  };

  beforeAll(async () => {
    site = await startSite();
    oldBase = (await site.digest('library/debian:12')) ?? '';
    await writeWorks(site);
    // Published by somebody else's pipeline: nothing but BuildKit's provenance tells what it was built on.
    const legacy = ['--provenance=mode=min', '-t', `${site.gateway.host}/team/legacy:1`, '--push'];
    await site.engine.docker('buildx', 'build', ...legacy, join(site.folder, 'legacy'));
  });
  afterAll(() => site?.stop());

  test('what was never published is built and published; what is current is left alone', async () => {
    const ran = await site.cli(['refresh', '--severity-threshold', 'none', '--format', 'json']);
    expect(ran.code, ran.stderr).toBe(0);
    const first: RefreshReport = JSON.parse(ran.stdout);
    expect(Object.fromEntries(first.images.map(({ name, plan }) => [name, plan?.action]))).toEqual({
      app: 'rebuild',
      legacy: 'skip',
      platform: 'rebuild',
      tool: 'rebuild',
      web: 'rebuild',
    });
    before = await tags();
    expect(Object.values(before)).not.toContain(null);
    expect(before['team/tool:latest']).toBe(before['team/tool:1']);
  });

  test('check finds every image current, and asks for each upstream reference once', async () => {
    site.gateway.seen.length = 0;
    const ran = await site.cli(['check', '--fail-on', 'stale', '--format', 'json']);
    expect(ran.code, ran.stderr).toBe(0);
    const checked = JSON.parse(ran.stdout);
    for (const { verdict } of checked.images) expect(verdict).toBe('current');
    const asked = site.gateway.seen.filter(({ path }) => path === '/v2/library/debian/manifests/12');
    expect(asked.map(({ method }) => method)).toEqual(['HEAD']);
  });

  test('after the upstream update check finds them stale, under Node 20 and Node 24 alike', async () => {
    newBase = await publishBase(site.registry.host, 'v2');
    for (const node of [process.execPath, program('node24', 'node')]) {
      const ran = await site.cli(['check', '--fail-on', 'stale', '--format', 'json'], { node });
      expect(ran.code, ran.stderr).toBe(1);
      const images: readonly ReportedImage[] = JSON.parse(ran.stdout).images;
      const stale = images.filter(({ verdict }) => verdict === 'stale');
      expect(stale.map(({ name }) => name).sort()).toEqual(['app', 'legacy', 'platform', 'tool']);
      for (const { bases } of stale) {
        for (const base of bases) {
          expect(base).toMatchObject({ reference: 'docker.io/library/debian:12', verdict: 'stale', to: newBase });
          expect(base.from).toBe(oldBase);
        }
      }
      const evidence = Object.fromEntries(stale.map(({ name, bases }) => [name, bases[0]?.evidence]));
      const own = 'own-record';
      expect(evidence).toEqual({ app: own, legacy: 'buildkit-provenance', platform: own, tool: own });
    }
  });

  test('a dry run plans and writes nothing', async () => {
    site.gateway.seen.length = 0;
    const ran = await site.cli(['refresh', '--dry-run', '--format', 'json', ...policy]);
    expect(ran.code, ran.stderr).toBe(0);
    const planned: RefreshReport = JSON.parse(ran.stdout);
    expect(planned.dryRun).toBe(true);
    expect(planned.images.map(({ plan }) => plan?.action)).toEqual(works.map(() => 'rebuild'));
    const levels = Object.fromEntries(planned.images.map(({ name, plan }) => [name, plan?.level]));
    expect(levels.web).toBeGreaterThan(levels.platform ?? 0);
    expect(new Set(site.gateway.seen.map(({ method }) => method))).toEqual(new Set(['HEAD', 'GET']));
    expect(await tags()).toEqual(before);
  });

  test('refresh promotes what passes and ends with policy against what does not', async () => {
    site.gateway.seen.length = 0;
    const ran = await site.cli(['refresh', '--format', 'json', ...policy]);
    expect(ran.code, ran.stderr).toBe(1);
    report = JSON.parse(ran.stdout);
    const saved = await readFile(join(site.folder, '.base-image-refresh', 'report.json'), 'utf8');
    expect(JSON.parse(saved)).toEqual(report);
    const sarif = JSON.parse(await readFile(join(site.folder, '.base-image-refresh', 'report.sarif'), 'utf8'));
    expect(JSON.stringify(sarif.runs[0].results)).toContain('legacy/Dockerfile');
    const summary = await readFile(join(site.folder, '.base-image-refresh', 'summary.md'), 'utf8');
    for (const name of works) expect(summary).toContain(name);
    expect(report.totals).toMatchObject({ images: 5, rebuilt: 5, promoted: 4, held: 1, failed: 0 });
    const own = site.gateway.seen.filter(({ agent }) => agent.startsWith('base-image-refresh'));
    const heads = own.filter(({ method, path }) => method === 'HEAD' && path === '/v2/library/debian/manifests/12');
    expect(heads).toHaveLength(1);
  });

  test('the release tags name what was built, scanned and reported, as crane reads them', async () => {
    const now = await tags();
    for (const name of ['app', 'platform', 'tool', 'web']) {
      const { build, promotion } = image(name);
      expect(promotion?.digest).toBe(build?.digest);
      expect(now[`team/${name}:1`]).toBe(build?.digest);
      expect(now[`team/${name}:1`]).not.toBe(before[`team/${name}:1`]);
      expect(promotion?.tags.map(({ previous }) => previous)).toEqual(
        promotion?.tags.map(() => before[`team/${name}:1`]),
      );
      const [released, candidate] = await Promise.all([
        site.crane('manifest', `${site.gateway.host}/team/${name}:1`),
        site.crane('manifest', build?.candidate ?? ''),
      ]);
      expect(released).toBe(candidate);
    }
    expect(now['team/tool:latest']).toBe(now['team/tool:1']);
  });

  test('the image that fails the gate keeps its release tag', async () => {
    const { gate, promotion, build } = image('legacy');
    expect(gate?.verdict).toBe('fail');
    expect(gate?.breaches.map(({ finding }) => finding.package.name)).toEqual(['lodash']);
    expect(promotion).toBeNull();
    expect(await site.digest('team/legacy:1')).toBe(before['team/legacy:1']);
    expect(build?.digest).not.toBe(before['team/legacy:1']);
  });

  test('provenance and annotations name exactly the digest that was compared', async () => {
    for (const name of ['app', 'legacy', 'platform', 'tool']) {
      const { bases, build } = image(name);
      expect([...new Set(bases.map(({ to }) => to))]).toEqual([newBase]);
      const repository = `${site.gateway.host}/team/${name}`;
      const published = await readPublished(site, repository, build?.digest ?? '');
      expect([...new Set(published.materials)]).toEqual([newBase]);
      expect(published.provenance).not.toContain(oldBase.slice('sha256:'.length));
      expect(published.annotations).toMatchObject({
        'org.opencontainers.image.base.name': 'docker.io/library/debian:12',
        'org.opencontainers.image.base.digest': newBase,
      });
    }
  });

  test('an image of the repository stands on the very image that its base became', async () => {
    const { build } = image('web');
    const published = await readPublished(site, `${site.gateway.host}/team/web`, build?.digest ?? '');
    const parent = image('platform').promotion?.digest;
    expect(published.annotations['org.opencontainers.image.base.digest']).toBe(parent);
    expect(build?.pinned.map(({ digest }) => digest)).toEqual([parent]);
  });

  test("the images carry Debian's real fixes, and the report says so", async () => {
    const updated = new Map(changedPackages().map((changed) => [changed.name, changed]));
    const openssl = updated.get('openssl');
    expect(openssl?.from).not.toBe(openssl?.to);
    for (const name of ['platform', 'tool', 'web']) {
      const { build, scan } = image(name);
      const reference = `${site.gateway.host}/team/${name}@${build?.digest}`;
      const rows = await site.engine.docker('run', '--rm', '--network=none', reference, 'dpkg-query', '-W', 'openssl');
      expect(rows).toBe(`openssl\t${openssl?.to}\n`);
      const fixed = scan?.fixed.filter((finding) => finding.package.name === 'openssl') ?? [];
      expect(fixed.length).toBeGreaterThan(0);
      for (const finding of fixed) expect(finding.installed).toBe(openssl?.from);
      expect(scan?.introduced).toEqual([]);
    }
    const app = `${site.gateway.host}/team/app:1`;
    const builtWith = await site.engine.docker('run', '--rm', '--network=none', app, 'cat', '/built-with');
    expect(builtWith).toBe(`openssl\t${openssl?.to}\n`);
  });

  test('Trivy, run by itself on the promoted digest, finds what the report says', async () => {
    for (const { name, build, scan } of report.images) {
      const reference = `${site.gateway.host}/team/${name}@${build?.digest}`;
      const arguments_ = ['--cache-dir', site.cache, 'image', '--skip-db-update', '--scanners', 'vuln', '--insecure'];
      const remote = ['--image-src', 'remote', '--platform', 'linux/amd64', '--format', 'json', '--quiet', reference];
      const env = { TMPDIR: site.folder };
      const found = JSON.parse(await must(program('trivy', 'trivy'), [...arguments_, ...remote], { env }));
      const theirs = (found.Results ?? []).flatMap((result: { readonly Vulnerabilities?: readonly unknown[] }) =>
        (result.Vulnerabilities ?? []).map((row) => rowOf(row as TrivyRow)),
      );
      const ours = scan?.findings.map(({ id, package: { name: pkg }, installed, severity, fixed }) =>
        [id, pkg, installed, severity, fixed ?? ''].join(' '),
      );
      expect(theirs.length).toBeGreaterThan(0);
      expect(ours?.toSorted()).toEqual(theirs.toSorted());
    }
  });

  test('afterwards only what was held is stale', async () => {
    const ran = await site.cli(['check', '--format', 'json']);
    const images: readonly ReportedImage[] = JSON.parse(ran.stdout).images;
    expect(images.filter(({ verdict }) => verdict !== 'current').map(({ name }) => name)).toEqual(['legacy']);
  });
});

interface TrivyRow {
  readonly VulnerabilityID: string;
  readonly PkgName: string;
  readonly InstalledVersion: string;
  readonly FixedVersion?: string;
  readonly Severity: string;
}

function rowOf(row: TrivyRow): string {
  return [
    row.VulnerabilityID,
    row.PkgName,
    row.InstalledVersion,
    row.Severity.toLowerCase(),
    row.FixedVersion ?? '',
  ].join(' ');
}
