import { describe, expect, test } from 'vitest';
import type { Kubectl } from '../../core/deploy/kubectl.ts';
import { watchRollout } from '../../core/deploy/watch.ts';
import { parseWorkload } from '../../core/deploy/workload.ts';
import { fail } from '../../core/failure.ts';
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

/** A cluster that tells what it is asked at each second, and a clock that goes on only while somebody sleeps. */
async function watched(
  at: (second: number) => { readonly status?: object; readonly pods?: readonly object[] } | 'away',
  timeout: number,
) {
  let clock = 0;
  const said: string[] = [];
  const kubectl: Kubectl = {
    namespace: 'shop',
    hidesManagers: false,
    json: async (args) => {
      const now = at(clock / 1000);
      if (now === 'away') throw fail('unreachable', 'shop', 'kubectl: connection refused');
      return args.includes('pods')
        ? { items: now.pods ?? [] }
        : deploymentOf(image, { generation: 2, status: now.status ?? {} });
    },
  };
  const sleep = async (milliseconds: number) => {
    clock += milliseconds;
  };
  const world = { now: () => new Date(clock), sleep };
  const changed = parseWorkload('deployment', deploymentOf(image, { generation: 2 }));
  const wanted = [{ container: 'app', init: false, image }];
  const end = await watchRollout({ world, kubectl, timeout, tell: (words) => void said.push(words) }, changed, wanted);
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
});
