import { describe, expect, test } from 'vitest';
import type { Kubectl } from '../../core/deploy/kubectl.ts';
import { watchRollout } from '../../core/deploy/watch.ts';
import { parseWorkload } from '../../core/deploy/workload.ts';
import { type Failure, FailureError, fail } from '../../core/failure.ts';
import { deploymentOf } from './support.ts';

const image = 'web@new';
const bad = (reason: string) => ({
  metadata: { name: 'web-1' },
  spec: { containers: [{ image }] },
  status: { containerStatuses: [{ name: 'app', state: { waiting: { reason } } }] },
});
const unscheduled = {
  ...bad(''),
  status: { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'no room' }] },
};
const rolling = { availableReplicas: 0 };

const crashed = (restartCount: number, finishedAt = 0) => ({
  ...bad(''),
  status: {
    containerStatuses: [
      {
        name: 'app',
        restartCount,
        state: { running: {} },
        lastState: { terminated: { exitCode: 3, reason: 'Error', finishedAt: new Date(finishedAt).toISOString() } },
      },
    ],
  },
});

interface Seen {
  readonly status?: object;
  readonly spec?: object;
  readonly pods?: readonly object[] | Failure;
}

/** A cluster that tells what it is asked at each second, and a clock that goes on only while somebody sleeps. */
async function watched(at: (second: number) => Seen | 'away', timeout: number) {
  let clock = 0;
  const said: string[] = [];
  const kubectl: Kubectl = {
    namespace: 'shop',
    hidesManagers: false,
    json: async (args) => {
      const now = at(clock / 1000);
      if (now === 'away') throw fail('unreachable', 'shop', 'kubectl: connection refused');
      if (!args.includes('pods')) {
        const seen = deploymentOf(image, { generation: 2, status: now.status ?? {} });
        return { ...seen, spec: { ...seen.spec, ...now.spec } };
      }
      if (now.pods !== undefined && 'code' in now.pods) throw new FailureError(now.pods);
      return { items: now.pods ?? [] };
    },
  };
  const sleep = async (milliseconds: number) => {
    clock += milliseconds;
  };
  const world = { now: () => new Date(clock), sleep };
  const changed = parseWorkload('deployment', deploymentOf(image, { generation: 2 }));
  const wanted = [{ container: 'app', init: false, image }];
  const end = await watchRollout({ world, kubectl, timeout, say: (words) => void said.push(words) }, changed, wanted);
  return { end, said, seconds: clock / 1000 };
}

describe('watching', () => {
  test('ends when it is well, and says each state once', async () => {
    const { end, said, seconds } = await watched((second) => (second < 8 ? { status: rolling } : {}), 60_000);
    expect(end).toEqual({ kind: 'complete' });
    expect(said).toEqual(['0 of 1 replicas available']);
    expect(seconds).toBeLessThan(15);
  });

  test('does not wait to the end where a pod stays in a state that it does not leave', async () => {
    const { end, seconds } = await watched(() => ({ status: rolling, pods: [bad('ImagePullBackOff')] }), 600_000);
    expect(end).toEqual({ kind: 'failed', why: '0 of 1 replicas available; app of pod web-1: ImagePullBackOff' });
    expect(seconds).toBeGreaterThanOrEqual(60);
    expect(seconds).toBeLessThan(70);
  });

  test('forgives what comes and goes', async () => {
    const flapping = (second: number) => ({
      status: rolling,
      pods: Math.floor(second / 40) % 2 === 0 ? [bad('ErrImagePull')] : [],
    });
    const { end, seconds } = await watched((second) => (second < 200 ? flapping(second) : {}), 600_000);
    expect(end).toEqual({ kind: 'complete' });
    expect(seconds).toBeGreaterThanOrEqual(200);
  });

  test('waits for a node to come until the time is over', async () => {
    const { end, seconds } = await watched(() => ({ status: rolling, pods: [unscheduled] }), 300_000);
    expect(end).toEqual({
      kind: 'failed',
      why: '0 of 1 replicas available; pod web-1: Unschedulable (no room), and the timeout of 300 s has passed',
    });
    expect(seconds).toBe(300);
  });

  test('goes on where the cluster was away for a while, and knows nothing where it stays away', async () => {
    expect((await watched((second) => (second < 50 ? 'away' : {}), 60_000)).end).toEqual({ kind: 'complete' });
    const { end, said } = await watched(() => 'away', 60_000);
    expect(end).toMatchObject({ kind: 'unknown', failure: { code: 'unreachable' } });
    expect(said).toEqual(['the cluster does not answer: kubectl: connection refused']);
  });

  test('does not take what was scaled to nothing meanwhile for well', async () => {
    const { end } = await watched(() => ({ spec: { replicas: 0 }, status: { replicas: 0 } }), 60_000);
    expect(end).toEqual({ kind: 'pending', why: 'it has no replicas, so nothing shows that the image starts' });
  });

  test('does not take a container that crashes without a readiness probe for well in between', async () => {
    const loop = (second: number): Seen => {
      const pause = [10, 20, 40, 80, 160].find((long) => second < long * 2);
      if (pause === undefined) return { status: rolling, pods: [bad('CrashLoopBackOff')] };
      const count = Math.round(Math.log2(pause / 10)) + 1;
      return second < pause * 2 - 3
        ? { status: rolling, pods: [bad('CrashLoopBackOff')] }
        : { pods: [crashed(count, second * 1000)] };
    };
    const { end, said, seconds } = await watched(
      (second) => (second < 1 ? { pods: [crashed(1)] } : loop(second)),
      600_000,
    );
    expect(end).toEqual({ kind: 'failed', why: '0 of 1 replicas available; app of pod web-1: CrashLoopBackOff' });
    expect(said[0]).toBe(
      'all replicas are available, but not steadily; app of pod web-1: was restarted, 1 times so far, exit code 3',
    );
    expect(seconds).toBeLessThan(200);
  });

  test('waits whether what was restarted once stays up', async () => {
    const { end, seconds } = await watched(() => ({ pods: [crashed(1)] }), 600_000);
    expect(end).toEqual({ kind: 'complete' });
    expect(seconds).toBeGreaterThanOrEqual(60);
    expect(seconds).toBeLessThan(70);
  });

  test('calls what is restarted again and again failed when the time is over', async () => {
    const { end } = await watched(
      (second) => ({ pods: [crashed(Math.floor(second / 25) + 1, second * 1000)] }),
      120_000,
    );
    expect(end).toMatchObject({
      kind: 'failed',
      why: expect.stringMatching(/^all replicas are available, but not steadily; .* the timeout of 120 s has passed$/),
    });
  });

  test('knows nothing of what looks complete where its pods cannot be listed', async () => {
    const { failure } = fail('forbidden', 'pods', 'kubectl: pods is forbidden');
    const { end, seconds } = await watched(() => ({ pods: failure }), 60_000);
    expect(end).toEqual({ kind: 'unknown', failure });
    expect(seconds).toBe(0);
  });
});
