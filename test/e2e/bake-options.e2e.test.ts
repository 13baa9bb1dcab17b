import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { saying } from '../support/scanner.ts';
import { publishBase } from './setup/base-pair.ts';
import { runCli } from './setup/cli.ts';
import { type RunningRegistry, startDistribution } from './setup/distribution.ts';
import { type RunningDockerd, startDockerd } from './setup/dockerd.ts';
import { describeWith, program } from './setup/parts.ts';
import { must } from './setup/run.ts';

const findsNothing = JSON.stringify({
  version: '2.1.0',
  runs: [{ tool: { driver: { name: 'anyscan', version: '7', rules: [{ id: 'CVE-1999-1' }] } }, results: [] }],
});

const dockerfile = (host: string) => `FROM ${host}/library/debian:12
ARG FLAVOUR=plain
RUN --mount=type=secret,id=token { \\
    echo "flavour $FLAVOUR"; echo "secret $(wc -c < /run/secrets/token)"; grep build.internal /etc/hosts; \\
    echo "shm $(df --output=size -k /dev/shm | tail -n 1)"; echo "files $(ulimit -n)"; } > /seen
`;
const bakeFile = (host: string) => `target "web" {
  context = "."
  args = { FLAVOUR = "spicy" }
  labels = { "example.team" = "web" }
  secret = ["type=env,id=token,env=TOKEN"]
  extra-hosts = { "build.internal" = "10.1.2.3" }
  shm-size = "96m"
  ulimits = ["nofile=1234:1234"]
  tags = ["${host}/team/web:1"]
}
`;

describeWith(['dockerd', 'distribution', 'crane', 'debian-pair'], 'an image of a bake file', () => {
  let folder: string;
  let registry: RunningRegistry;
  let engine: RunningDockerd;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bir-bake-options-'));
    [registry, engine] = await Promise.all([startDistribution(), startDockerd()]);
  });
  afterAll(async () => {
    await engine?.stop();
    await registry?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const crane = (...args: readonly string[]) => must(program('crane', 'crane'), [...args, '--insecure']);
  const env = () => ({ ...engine.env, TOKEN: 'twelve bytes', HOME: folder });

  test('is refreshed with every option that the file states', async () => {
    const root = join(folder, 'shop');
    const image = `${registry.host}/team/web:1`;
    mkdirSync(root);
    writeFileSync(join(root, 'Dockerfile'), dockerfile(registry.host));
    writeFileSync(join(root, 'docker-bake.hcl'), bakeFile(registry.host));
    const git = (...args: readonly string[]) =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid', ...args], { cwd: root });
    git('init', '-q');
    git('add', '-A');
    git('commit', '-q', '-m', 'release');
    await publishBase(registry.host, 'v1');
    const bake = ['buildx', 'bake', 'web', '--push', '--provenance=mode=min'];
    await must(program('dockerd', 'docker'), bake, { cwd: root, env: env() });
    const before = (await crane('digest', image)).trim();
    await publishBase(registry.host, 'v2');

    const config = join(folder, 'config.yml');
    const scanner = { tool: 'command', command: saying(findsNothing), format: 'sarif' };
    writeFileSync(config, JSON.stringify({ scanner: { ...scanner, 'accept-unproven': 'image' } }));
    const options = ['--allow', 'build-secret=TOKEN', '--source', 'checkout', '--engine', 'buildx'];
    const PATH = [dirname(process.execPath), engine.env.PATH].join(delimiter);
    const given = ['refresh', '--config', config, '--format', 'json', '--output-dir', join(folder, 'out'), ...options];
    const ran = await runCli(given, { cwd: root, env: { ...env(), PATH } });
    expect(ran.code, ran.stdout + ran.stderr).toBe(0);

    const now = (await crane('digest', image)).trim();
    expect(now).not.toBe(before);
    const at = (digest: string) => image.replace(/:1$/, `@${digest}`);
    expect(JSON.parse(await crane('config', at(now))).config.Labels).toMatchObject({ 'example.team': 'web' });
    const seen = (digest: string) => engine.docker('run', '--rm', '--network=none', at(digest), 'cat', '/seen');
    const words = (text: string) =>
      text
        .trim()
        .split('\n')
        .map((line) => line.split(/\s+/).join(' '));
    const expected = ['flavour spicy', 'secret 12', '10.1.2.3 build.internal', 'shm 98304', 'files 1234'];
    expect(words(await seen(now))).toEqual(expected);
    expect(words(await seen(before))).toEqual(expected);
  });
});
