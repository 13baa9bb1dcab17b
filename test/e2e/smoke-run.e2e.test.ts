import { describe, expect, test } from 'vitest';
import { asDigest, type Digest } from '../../core/oci/digest.ts';
import { parseReference, withDigest } from '../../core/oci/reference.ts';
import { smokeRun } from '../../core/validate/smoke-run.ts';
import { createWorld } from '../../core/world.ts';
import { createHarness } from '../registry/harness.ts';
import { createRecordingHost, testConfig } from '../support/run.ts';
import { describeWith, program } from './setup/parts.ts';
import { must } from './setup/run.ts';
import { useRunnerSite } from './setup/runner.ts';

const script = (text: string) => ['/bin/sh', '-c', text];
const waiting = script('exec sleep 60');
const listening = script('echo started > /var/lib/started && exec sleep 60');

describe.each([
  ['dockerd', 'docker'],
  ['dockerd-20.10', 'docker'],
  ['podman', 'podman'],
] as const)('a smoke run by %s', (part, name) => {
  describeWith([part, 'distribution', 'crane'], 'of a published image and of what was rebased', () => {
    const site = useRunnerSite(part);

    /** The base with another entry point. */
    async function published(entryPoint: readonly string[]): Promise<Digest> {
      const [from, to] = [`${site().registry.host}/library/base:1`, `${site().registry.host}/team/web:1`] as const;
      const words = entryPoint.map((word) => `"${word.replaceAll('"', '""')}"`).join(',');
      await must(program('crane', 'crane'), [
        'mutate',
        '--insecure',
        from,
        '--entrypoint',
        words,
        '--cmd',
        '',
        '-t',
        to,
      ]);
      const digest = asDigest((await must(program('crane', 'crane'), ['digest', '--insecure', to])).trim());
      if (digest === undefined) throw new Error('crane names no digest');
      return digest;
    }

    async function tried(old: Digest, rebased: Digest) {
      const { registry: client } = createHarness();
      const repository = parseReference(`${site().registry.host}/team/web`);
      const image = withDigest(repository, old);
      const world = { ...createWorld(), env: site().runner.env };
      const host = createRecordingHost();
      const context = { config: testConfig('/nonexistent'), host, world, registry: client };
      const now = { reference: image, manifest: await client.manifest(image) };
      return smokeRun(context, { reference: withDigest(repository, rebased) }, now, 3000);
    }

    test('what still runs has started, and nothing of it stays', async () => {
      const digest = await published(waiting);
      expect(await tried(digest, digest)).toEqual({
        kind: 'starts',
        why: `started with ${name}, it still ran after 3.0 s`,
      });
      expect(await site().runner.left()).toBe(site().before);
    });

    test('what has to write is started once more, with a layer that is thrown away', async () => {
      const digest = await published(listening);
      expect(await tried(digest, digest)).toMatchObject({ kind: 'starts', why: expect.stringContaining('still ran') });
    });

    test('it has no network, few capabilities, and may not become another user by a program', async () => {
      const alone = [
        'test "$(ls /sys/class/net)" = lo',
        'grep -q "^NoNewPrivs:.1$" /proc/self/status',
        'grep -q "^CapBnd:.00000000000004eb$" /proc/self/status',
        'cat /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids/pids.max 2>/dev/null | grep -qx 512',
        'cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null | grep -qx 1073741824',
        'exec sleep 60',
      ];
      const digest = await published(script(alone.join(' && ')));
      expect(await tried(digest, digest)).toMatchObject({ kind: 'starts', why: expect.stringContaining('still ran') });
    });

    test('what ends has to end as the published image does', async () => {
      const [one, other] = [await published(script('echo lost >&2; exit 1')), await published(script('exit 3'))];
      expect(await tried(one, one)).toEqual({
        kind: 'starts',
        why: `started with ${name}, it ended with 1, as the published image does`,
      });
      expect(await tried(other, one)).toEqual({
        kind: 'differs',
        why: `started with ${name}, it ended with 1 (lost), where the published image ended with 3`,
      });
    });

    test('what no longer starts differs, and what never did does not', async () => {
      const [runs, none] = [await published(waiting), await published(['/no-such-program'])];
      expect(await tried(runs, none)).toMatchObject({
        kind: 'differs',
        why: expect.stringMatching(/it could not be started .*where the published image still ran after 3.0 s$/),
      });
      expect(await tried(none, none)).toEqual({
        kind: 'starts',
        why: `started with ${name}, it could not be started, as the published image does`,
      });
    });
  });
});
