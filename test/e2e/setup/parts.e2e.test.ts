import { afterAll, beforeAll, expect, test } from 'vitest';
import { changedPackages, publishBase } from './base-pair.ts';
import { type RunningRegistry, startDistribution } from './distribution.ts';
import { type RunningDockerd, startDockerd } from './dockerd.ts';
import { describeWith, program } from './parts.ts';
import { must } from './run.ts';

describeWith(['dockerd', 'distribution', 'crane', 'debian-pair'], 'the real parts', () => {
  let registry: RunningRegistry;
  let engine: RunningDockerd;
  beforeAll(async () => {
    registry = await startDistribution();
    engine = await startDockerd({ mirror: registry.host });
  });
  afterAll(async () => {
    await engine?.stop();
    await registry?.stop();
  });

  test('the engine pulls docker.io through the mirror, and an upstream update moves its tag', async () => {
    const first = await publishBase(registry.host, 'v1');
    expect(await must(program('crane', 'crane'), ['digest', '--insecure', `${registry.host}/library/debian:12`])).toBe(
      `${first}\n`,
    );
    await engine.docker('pull', 'debian:12');
    expect(await engine.docker('image', 'inspect', '--format', '{{.Id}}', 'debian:12')).toBe(`${first}\n`);
    const second = await publishBase(registry.host, 'v2');
    expect(second).not.toBe(first);
    await engine.docker('pull', 'debian:12');
    const openssl = changedPackages().find((changed) => changed.name === 'openssl');
    const rows = await engine.docker('run', '--rm', '--network=none', 'debian:12', 'dpkg-query', '-W', 'openssl');
    expect(rows).toBe(`openssl\t${openssl?.to}\n`);
  });

  test('buildx is there', async () => {
    expect(await engine.docker('buildx', 'version')).toContain('buildx');
  });
});

describeWith(['dockerd-20.10', 'distribution', 'debian-pair'], 'the old engine', () => {
  test('pulls docker.io through the mirror too', async () => {
    const registry = await startDistribution();
    const engine = await startDockerd({ part: 'dockerd-20.10', mirror: registry.host });
    const digest = await publishBase(registry.host, 'v1');
    expect(await engine.docker('pull', 'debian:12')).toContain(digest);
    await engine.stop();
    await registry.stop();
  });
});
