import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { platformManifests } from '../../core/baseline/published.ts';
import { parseReference } from '../../core/oci/reference.ts';
import type { Run } from '../../core/refresh/context.ts';
import { runCommand } from '../../core/validate/command/run-command.ts';
import type { RunnerName, TestSettings } from '../../core/validate/settings.ts';
import { createWorld } from '../../core/world.ts';
import { debianBase } from '../../testing/debian.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry } from '../../testing/registry.ts';
import { useBundles } from '../hosts/bundles.ts';
import { createHarness } from '../registry/harness.ts';
import { createRecordingHost, testConfig } from '../support/run.ts';
import { publishBase } from './setup/base-pair.ts';
import { type RunningRegistry, startDistribution } from './setup/distribution.ts';
import { startDockerd } from './setup/dockerd.ts';
import { describeWith, program } from './setup/parts.ts';
import { must, type Ran, run } from './setup/run.ts';
import { useRunnerSite } from './setup/runner.ts';

describe.each([
  ['dockerd', 'docker'],
  ['dockerd-20.10', 'docker'],
  ['podman', 'podman'],
  ['buildah', 'buildah'],
] as const)('a command by %s', (part, name) => {
  describeWith([part, 'distribution'], 'in a real container', () => {
    const site = useRunnerSite(part);

    async function tried(
      command: readonly string[],
      settings: Partial<TestSettings> = {},
      host = site().registry.host,
    ) {
      const { registry: client } = createHarness();
      const reference = parseReference(`${site().registry.host}/library/base:1`);
      const manifest = await client.manifest(reference);
      const platforms = await platformManifests(client, { reference, manifest });
      const config = testConfig('/nonexistent');
      const world = { ...createWorld(), env: site().runner.env };
      const context = { config, host: createRecordingHost(), world } as unknown as Run;
      const wanted: RunnerName = name;
      const whole = { ...config.tests, command, runner: wanted, ...settings };
      const { verdict, detail, failure } = await runCommand(
        context,
        { ...reference, registry: host },
        platforms,
        whole,
      );
      return { verdict, detail: detail ?? failure?.detail };
    }

    test('passes where it ends with 0, its words not read by a shell', async () => {
      expect(await tried(['cat', '/etc/passwd'])).toEqual({ verdict: 'pass', detail: undefined });
      expect(await tried(['test', '$(echo a) b', '=', '$(echo a) b'])).toMatchObject({ verdict: 'pass' });
      expect(await site().runner.left()).toBe(site().before);
    });

    if (name === 'docker')
      test('pulls with a token for pulling, and knows no password', async () => {
        const users = { pusher: 'correct-horse' };
        const guarded = await startRegistry({ authentication: { kind: 'token', users } });
        onTestFinished(() => guarded.close());
        const image = await debianBase('v1');
        await pushImage(guarded.store, 'team/web', image, '1');
        const config = testConfig('/nonexistent');
        const credentials = { [guarded.host]: { username: 'pusher', password: users.pusher } };
        const settings = { ...config, registry: { ...config.registry, credentials } };
        const { registry: client } = createHarness({ credentials });
        const reference = parseReference(`${guarded.host}/team/web:1`);
        const platforms = await platformManifests(client, { reference, manifest: await client.manifest(reference) });
        const world = { ...createWorld(), env: site().runner.env };
        const context = { config: settings, host: createRecordingHost(), world } as unknown as Run;
        const whole = { ...config.tests, command: ['/nothing'], runner: 'docker' } as const;
        // The image holds no program: that it cannot be started shows that it was pulled.
        const { verdict, detail } = await runCommand(context, reference, platforms, whole);
        expect([verdict, detail]).toEqual(['fail', expect.stringContaining('could not be started')]);
        const theirs = guarded.requests.filter(({ headers }) => /^docker\//.test(`${headers['user-agent']}`));
        expect(theirs.some(({ path }) => path.includes('/blobs/'))).toBe(true);
        expect(theirs.filter(({ headers }) => /^Basic/i.test(headers.authorization ?? ''))).toEqual([]);
      });

    test('fails where it ends with another code, is not there, or does not end', async () => {
      const failed = await tried(['sh', '-c', 'echo out; echo "openssl is old" >&2; exit 7']);
      expect(failed.verdict).toBe('fail');
      expect(failed.detail).toContain('ended with 7: ');
      expect(failed.detail).toContain('openssl is old');
      const missing = await tried(['/no/such/program']);
      expect(missing.verdict, missing.detail).toBe('fail');
      const endless = await tried(['sleep', '60'], { timeout: 2_000 });
      expect(endless).toMatchObject({ verdict: 'fail', detail: expect.stringContaining('did not end within 2.0 s') });
      expect(await site().runner.left()).toBe(site().before);
    });

    test('is inconclusive where the candidate cannot be had', async () => {
      const found = await tried(['true'], {}, '127.0.0.1:9');
      expect(found).toMatchObject({
        verdict: 'inconclusive',
        detail: expect.stringMatching(/^\w+ (?:pull|from) ended with exit code/),
      });
    });
  });
});

describeWith(['dockerd', 'distribution', 'crane', 'debian-pair'], 'a refresh with tests', () => {
  let folder: string;
  let registry: RunningRegistry;
  let engine: Awaited<ReturnType<typeof startDockerd>>;
  const bundles = useBundles();
  const crane = (...args: readonly string[]) => must(program('crane', 'crane'), [...args, '--insecure']);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bir-validate-'));
    registry = await startDistribution();
    engine = await startDockerd({ part: 'dockerd' });
    const base = await publishBase(registry.host, 'v1');
    await writeFile(join(folder, 'app'), 'app\n');
    const image = `${registry.host}/team/tool:1`;
    await writeFile(join(folder, 'Dockerfile'), `FROM ${registry.host}/library/debian@${base}\nCOPY app /\n`);
    await engine.docker(
      'buildx',
      'build',
      '--provenance=false',
      '--annotation',
      `org.opencontainers.image.base.digest=${base}`,
      '--output',
      `type=image,name=${image},push=true,oci-mediatypes=true`,
      folder,
    );
    await publishBase(registry.host, 'v2');
    await writeFile(join(folder, 'Dockerfile'), `FROM ${registry.host}/library/debian:12\nCOPY app /\n`);
    const metadata = { tools: { components: [{ name: 'grype' }] }, component: { name: 'any image' } };
    const bom = { bomFormat: 'CycloneDX', specVersion: '1.5', metadata, components: [], vulnerabilities: [] };
    await writeFile(join(folder, 'bom.json'), JSON.stringify(bom));
    await writeFile(
      join(folder, 'structure.yaml'),
      [
        'schemaVersion: 2.0.0',
        'fileExistenceTests:',
        "- { name: passwd, path: /etc/passwd, permissions: '-rw-r--r--', uid: 0, gid: 0 }",
        "- { name: tmp, path: /tmp, permissions: 'dtrwxrwxrwx' }",
        "- { name: su, path: /bin/su, permissions: 'urwxr-xr-x', isExecutableBy: any }",
        '- { name: app, path: /app }',
        'fileContentTests:',
        "- { name: debian, path: /etc/os-release, expectedContents: ['(?m)^ID=debian$', 'VERSION_ID=.12.'] }",
      ].join('\n'),
    );
  });
  afterAll(async () => {
    await engine?.stop();
    await registry?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function refresh(tests: object, env = engine.env): Promise<Ran & { readonly released: string }> {
    const config = {
      images: [{ name: 'tool', dockerfile: 'Dockerfile', image: `${registry.host}/team/tool:1`, tests }],
      gate: { 'allow-unrecognised': 'true' },
      scanner: {
        tool: 'command',
        command: ['/bin/sh', '-c', 'exec cat "$0"', join(folder, 'bom.json'), '{image}'],
        format: 'cyclonedx',
      },
    };
    await writeFile(join(folder, '.base-image-refresh.yml'), JSON.stringify(config));
    const ran = await run(
      process.execPath,
      [bundles().cli, 'refresh', '--source', 'checkout', '--allow', 'scanner-command'],
      { cwd: folder, env },
    );
    return { ...ran, released: (await crane('digest', `${registry.host}/team/tool:1`)).trim() };
  }

  test('holds back what fails, does not pass what cannot be tried, and promotes what passes', async () => {
    const before = (await crane('digest', `${registry.host}/team/tool:1`)).trim();
    const failing = await refresh({ command: ['sh', '-c', 'echo "no such option" >&2; exit 2'], absent: ['setuid'] });
    expect(failing.code, failing.stderr).toBe(1);
    expect(failing.released).toBe(before);
    expect(failing.stdout.replace(/\s+/g, ' ')).toContain('2 of 2 tests failed');
    expect(failing.stderr).toContain('ended with 2: no such option');
    expect(failing.stderr).toMatch(/no setuid on linux\/amd64: \/usr\/bin\/chage, .* are there/);

    const unreachable = await refresh(
      { command: ['true'] },
      { ...engine.env, DOCKER_HOST: `unix://${folder}/none.sock` },
    );
    expect(unreachable.code, unreachable.stderr).toBe(3);
    expect(unreachable.released).toBe(before);
    expect(unreachable.stderr).toContain('nothing here runs containers: docker ended with exit code 1');

    const passing = await refresh({
      command: ['dpkg', '--audit'],
      structure: ['structure.yaml'],
      compatibility: 'fail',
    });
    expect(passing.code, passing.stderr).toBe(0);
    expect(passing.released).not.toBe(before);
    expect(passing.stderr).toContain('tool: passes its tests (7)');
    // Distribution 2.8 deletes by digest alone, and the release has the digest of the candidate.
    const tags = (await crane('ls', `${registry.host}/team/tool`)).trim().split('\n');
    expect(tags).toContain('1');
    expect(tags.filter((tag) => /^bir-(?![kpc]1-)/.test(tag))).toEqual([]);
  });
});
