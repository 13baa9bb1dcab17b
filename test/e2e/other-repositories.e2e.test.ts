import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RefreshReport } from '../../core/report/report.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { saying } from '../support/scanner.ts';
import { runCli } from './setup/cli.ts';
import { type RunningRegistry, startDistribution } from './setup/distribution.ts';
import { type RunningDockerd, startDockerd } from './setup/dockerd.ts';
import { describeWith, program } from './setup/parts.ts';
import { publishRelease, publishSmallBase, writeSource } from './setup/releases.ts';
import { must, run } from './setup/run.ts';

const findsNothing = JSON.stringify({
  version: '2.1.0',
  runs: [{ tool: { driver: { name: 'anyscan', version: '7', rules: [{ id: 'CVE-1999-1' }] } }, results: [] }],
});

describeWith(['dockerd', 'distribution', 'crane', 'cosign'], 'an image with tags in three repositories', () => {
  let folder: string;
  let outside: string;
  let first: RunningRegistry;
  /** With a login of its own. */
  let second: TestRegistry;
  let engine: RunningDockerd;
  let names: readonly string[];
  const env = () => ({
    HOME: outside,
    DOCKER_CONFIG: outside,
    COSIGN_PASSWORD: 'for this test only',
    PATH: [dirname(process.execPath), dirname(program('cosign', 'cosign')), process.env.PATH].join(delimiter),
  });
  const crane = (...args: readonly string[]) =>
    must(program('crane', 'crane'), [...args, '--insecure'], { cwd: folder, env: env() });
  const digests = () => Promise.all(names.map(async (name) => (await crane('digest', name)).trim()));
  const cosign = (...args: readonly string[]) => run(program('cosign', 'cosign'), args, { cwd: outside, env: env() });

  async function cli(given: string | { readonly rule: object }, ...rest: readonly string[]) {
    const [command = '', ...args] = typeof given === 'string' ? [given, ...rest] : rest;
    const config = join(outside, 'config.yml');
    const scanner = { tool: 'command', command: saying(findsNothing), format: 'sarif' };
    const tags = names.map((name) => (name === names[0] ? '1' : name));
    const settings = {
      scanner: { ...scanner, 'accept-unproven': 'image' },
      sign: { tool: 'cosign', key: join(outside, 'team.key'), 'transparency-log': false },
      images: [
        {
          dockerfile: 'full/Dockerfile',
          image: `${first.host}/team/web`,
          ...(typeof given === 'string' ? { tags } : given.rule),
        },
      ],
    };
    writeFileSync(config, JSON.stringify(settings));
    const options = ['--config', config, '--output-dir', join(outside, 'out'), '--format', 'json'];
    return runCli([command, ...args, ...options], { cwd: folder, env: env() });
  }
  const refresh = async () => {
    const ran = await cli('refresh', '--engine', 'rebase', '--continuity-accept', 'signature');
    expect(ran.code, ran.stderr).toBe(0);
    return (JSON.parse(ran.stdout) as RefreshReport).images[0]?.promotion;
  };

  beforeAll(async () => {
    [folder, outside] = ['bir-others-', 'bir-others-out-'].map((name) => mkdtempSync(join(tmpdir(), name))) as [
      string,
      string,
    ];
    const login = { users: { me: 'pa:ss' } };
    [first, second, engine] = await Promise.all([
      startDistribution(),
      startRegistry({ authentication: { kind: 'basic', ...login } }),
      startDockerd(),
    ]);
    names = [`${first.host}/team/web:1`, `${second.host}/mirror/web:1`, `${first.host}/team/other:stable`];
    const auths = { [second.host]: { auth: Buffer.from('me:pa:ss').toString('base64') } };
    writeFileSync(join(outside, 'config.json'), JSON.stringify({ auths }));
    expect((await cosign('generate-key-pair', '--output-key-prefix', 'team')).code).toBe(0);
    const base = await publishSmallBase(first.host, 'v1');
    const revision = await writeSource(folder, first.host, ['full']);
    await publishRelease(engine, join(folder, 'full'), names[0] ?? '', ['--provenance=false'], { revision, base });
    for (const name of names.slice(1)) await crane('copy', names[0] ?? '', name);
  });
  afterAll(async () => {
    await engine?.stop();
    await first?.stop();
    await second?.close();
    for (const made of [folder, outside]) rmSync(made, { recursive: true, force: true });
  });

  test('is promoted to each in order, signed in each, and goes back in each', async () => {
    const [released] = await digests();
    await publishSmallBase(first.host, 'v2');
    const promotion = await refresh();
    const fresh = promotion?.digest ?? '';
    expect(fresh).not.toBe(released);
    expect(promotion?.tags.map(({ reference, previous }) => [reference, previous])).toEqual(
      names.map((name) => [name, released]),
    );
    expect(await digests()).toEqual([fresh, fresh, fresh]);
    const [bytes, ...others] = await Promise.all(names.map((name) => crane('manifest', name)));
    expect(others).toEqual([bytes, bytes]);
    const options = ['--key', 'team.pub', '--insecure-ignore-tlog=true', '--allow-http-registry'];
    for (const name of names) {
      const verified = await cosign('verify', ...options, name.replace(/:[^:/]*$/, `@${fresh}`));
      expect(verified.code, verified.stderr).toBe(0);
      await crane('validate', '--remote', name);
    }

    await publishSmallBase(first.host, 'v1');
    const next = (await refresh())?.digest;
    expect(await digests()).toEqual([next, next, next]);
    const back = await cli('rollback', names[0] ?? '');
    expect(back.code, back.stderr).toBe(0);
    expect(await digests()).toEqual([fresh, fresh, fresh]);
  });

  test('has a new tag for each release where a rule says which is published', async () => {
    await crane('tag', names[0] ?? '', '1.2.0');
    await crane('tag', names[0] ?? '', '1.1.0');
    const rule = { 'tag-rule': { semver: '1.x' }, tags: ['{version}-{number}', `${second.host}/mirror/web:{version}`] };
    const [released] = await digests();
    const planned = await cli({ rule }, 'plan');
    expect(planned.code, planned.stderr).toBe(0);
    const legs = JSON.parse(readFileSync(join(outside, 'out', 'run.json'), 'utf8'));
    expect(legs.images).toMatchObject([{ state: 'held', failure: { remedy: 'refresh it in a run without legs' } }]);
    // The same build was promoted and taken back above.
    const ran = await cli({ rule }, 'refresh', '--engine', 'rebase', '--continuity-accept', 'signature', '--force');
    expect(ran.code, ran.stderr).toBe(0);
    const fresh = (JSON.parse(ran.stdout) as RefreshReport).images[0]?.promotion?.digest;
    expect(fresh, ran.stderr).toBeDefined();
    const made = [`${first.host}/team/web:1.2.0-1`, `${second.host}/mirror/web:1.2.0`, `${first.host}/team/web:1.2.0`];
    const now = await Promise.all(made.map(async (name) => (await crane('digest', name)).trim()));
    expect(now).toEqual([fresh, fresh, released]);
    expect(
      (await crane('ls', `${first.host}/team/web`))
        .split('\n')
        .filter((tag) => /^1\./.test(tag))
        .toSorted(),
    ).toEqual(['1.1.0', '1.2.0', '1.2.0-1']);
    const checked = await cli({ rule }, 'check', '--fail-on', 'stale');
    expect(checked.code, checked.stderr).toBe(0);
    expect(JSON.parse(checked.stdout).images).toMatchObject([{ image: made[0], verdict: 'current' }]);
    // A repository of a policy, and no tag of it, is asked for.
    const policies = await cli({ rule }, 'admission', '--admission-controller', 'kyverno');
    expect(policies.code, policies.stderr).toBe(0);
    expect(policies.stdout).toContain(`${first.host}/team/web`);
  });

  test('is put into no repository where one takes nothing', async () => {
    const before = await digests();
    writeFileSync(join(outside, 'config.json'), JSON.stringify({ auths: {} }));
    const ran = await cli('refresh', '--engine', 'rebase', '--force');
    expect(ran.code).toBe(3);
    expect(ran.stderr).toContain(`add credentials for ${second.host}`);
    const auths = { [second.host]: { auth: Buffer.from('me:pa:ss').toString('base64') } };
    writeFileSync(join(outside, 'config.json'), JSON.stringify({ auths }));
    expect(await digests()).toEqual(before);
  });
});
