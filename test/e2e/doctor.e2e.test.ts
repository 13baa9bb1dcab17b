import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DoctorDocument } from '../../core/doctor/document.ts';
import type { Host } from '../../core/ports.ts';
import { run } from '../../core/run.ts';
import { createWorld } from '../../core/world.ts';
import { recordingHost } from '../hosts/recording-host.ts';
import { publishBase } from './setup/base-pair.ts';
import { type RunningRegistry, startDistribution } from './setup/distribution.ts';
import { type RunningDockerd, startDockerd } from './setup/dockerd.ts';
import { describeWith, program } from './setup/parts.ts';

describeWith(['dockerd', 'distribution', 'crane', 'debian-pair', 'trivy'], 'doctor on real parts', () => {
  let folder: string;
  let distribution: RunningRegistry;
  let daemon: RunningDockerd;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bir-doctor-'));
    distribution = await startDistribution();
    daemon = await startDockerd({ mirror: distribution.host });
    await publishBase(distribution.host, 'v1');
    await writeFile(join(folder, 'Dockerfile'), 'FROM debian:12\n');
  });

  afterAll(async () => {
    await daemon?.stop();
    await distribution?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function examine(inputs: Readonly<Record<string, string>>) {
    const real = createWorld({ cwd: folder });
    const printed: string[] = [];
    const image = `${distribution.host}/acme/web:1`;
    const trivy = dirname(program('trivy', 'trivy'));
    const env = { ...daemon.env, PATH: `${trivy}:${daemon.env.PATH ?? process.env.PATH}` };
    const given = { command: 'doctor', format: 'json', image, mirror: `docker.io=${distribution.host}`, ...inputs };
    const host: Host = { ...recordingHost(given), print: (text) => void printed.push(text) };
    const conclusion = await run(host, { ...real, env });
    await real.close();
    const document: DoctorDocument = JSON.parse(printed.join(''));
    return { conclusion, of: (id: string) => document.checks.filter((check) => check.id === id) };
  }

  test('finds nothing broken where everything is there, and proves that a push is allowed', async () => {
    const { conclusion, of } = await examine({ 'test-push': 'true' });
    expect(of('engine')).toMatchObject([{ state: 'ok', detail: expect.stringContaining('buildx builds') }]);
    expect(of('builders')).toMatchObject([
      { state: 'ok', subject: 'docker', detail: expect.stringMatching(/^client \d+\.\d+\.\d+, daemon 28\./) },
      {
        state: 'ok',
        subject: 'buildx',
        detail: expect.stringMatching(/^0\.\d+\.\d+, builder default with the driver docker$/),
      },
    ]);
    expect(of('scanner')[0]).toMatchObject({ state: 'ok', detail: expect.stringMatching(/^trivy \S+ at \//) });
    expect(of('pull')).toMatchObject([{ state: 'ok', subject: distribution.host }]);
    expect(of('push')).toMatchObject([{ state: 'ok', detail: expect.stringContaining('started and cancelled') }]);
    expect(conclusion).toBe('succeeded');
  });

  test('says that the daemon is gone once it is', async () => {
    await daemon.stop();
    const { conclusion, of } = await examine({ engine: 'docker' });
    expect(of('engine')).toMatchObject([
      { state: 'problem', detail: expect.stringContaining('daemon cannot be reached') },
    ]);
    expect(conclusion).toBe('incomplete');
  });
});
