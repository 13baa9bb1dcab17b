import { describe, expect, test } from 'vitest';
import { oneLine, troublesOf } from '../../core/deploy/pods.ts';
import { creationTrouble, readRollout } from '../../core/deploy/rollout.ts';
import { parseWorkload, type WorkloadKind } from '../../core/deploy/workload.ts';

const workload = (kind: WorkloadKind, status: object, spec: object = {}) =>
  parseWorkload(kind, {
    metadata: { name: 'web', namespace: 'shop', uid: 'u', resourceVersion: '9', generation: 4 },
    spec: { template: { spec: { containers: [{ name: 'app', image: 'web@x' }] } }, ...spec },
    status: { observedGeneration: 4, ...status },
  });

describe('a rollout', () => {
  const three = { replicas: 3 };
  const full = { replicas: 3, updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3 };
  const nodes = { desiredNumberScheduled: 5, updatedNumberScheduled: 5, numberAvailable: 5 };
  const exceeded = { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' };
  test.each<[WorkloadKind, string, object, object, string]>([
    [
      'deployment',
      'nothing is told yet',
      { observedGeneration: 3, ...full },
      three,
      'progressing: the controller has not seen the change yet',
    ],
    ['deployment', 'some are updated', { ...full, updatedReplicas: 1 }, three, 'progressing: 1 of 3 replicas updated'],
    ['deployment', 'old ones are left', { ...full, replicas: 4 }, three, 'progressing: 1 old replicas are still there'],
    [
      'deployment',
      'not all are available',
      { ...full, availableReplicas: 2 },
      three,
      'progressing: 2 of 3 replicas available',
    ],
    ['deployment', 'all are', full, three, 'complete'],
    [
      'deployment',
      'one is enough where none is said',
      { replicas: 1, updatedReplicas: 1, availableReplicas: 1 },
      {},
      'complete',
    ],
    [
      'deployment',
      'its controller gave up',
      { ...full, availableReplicas: 2, conditions: [exceeded] },
      three,
      'failed: its progress deadline passed with 2 of 3 replicas available',
    ],
    [
      'deployment',
      'its controller gave up before the change',
      { ...full, observedGeneration: 3, conditions: [exceeded] },
      three,
      'progressing: the controller has not seen the change yet',
    ],
    [
      'deployment',
      'somebody paused it',
      { ...full, updatedReplicas: 1 },
      { ...three, paused: true },
      'progressing: its rollout was paused',
    ],
    ['deployment', 'somebody paused it when all of it was there', full, { ...three, paused: true }, 'complete'],
    [
      'statefulset',
      'the first is updated',
      { ...full, updatedReplicas: 1, currentRevision: 'a', updateRevision: 'b' },
      three,
      'progressing: 1 of 3 replicas updated',
    ],
    [
      'statefulset',
      'one is not ready',
      { ...full, readyReplicas: 2, currentRevision: 'a', updateRevision: 'b' },
      three,
      'progressing: 2 of 3 replicas ready',
    ],
    [
      'statefulset',
      'its controller has not closed it',
      { ...full, currentRevision: 'a', updateRevision: 'b' },
      three,
      'progressing: old replicas are still there',
    ],
    [
      'statefulset',
      'all are',
      { ...full, updatedReplicas: 0, currentRevision: 'b', updateRevision: 'b' },
      three,
      'complete',
    ],
    ['daemonset', 'some are updated', { ...nodes, updatedNumberScheduled: 2 }, {}, 'progressing: 2 of 5 pods updated'],
    ['daemonset', 'some are available', { ...nodes, numberAvailable: 4 }, {}, 'progressing: 4 of 5 pods available'],
    ['daemonset', 'all are', nodes, {}, 'complete'],
    ['daemonset', 'nothing is told yet', {}, {}, 'complete'],
  ])('of a %s: %s', (kind, _, status, spec, wanted) => {
    const read = readRollout(workload(kind, status, spec), 4);
    expect(read.kind === 'complete' ? read.kind : `${read.kind}: ${read.why}`).toBe(wanted);
  });

  test('is told why no pod could be created', () => {
    const condition = { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'exceeded quota: q' };
    expect(creationTrouble(workload('deployment', { conditions: [condition] }))).toBe(
      'no pod could be created: FailedCreate (exceeded quota: q)',
    );
    expect(creationTrouble(workload('deployment', {}))).toBeUndefined();
  });
});

describe('pods', () => {
  const pod = (status: object, image = 'web@new', metadata = {}) => ({
    metadata: { name: 'web-1', ...metadata },
    spec: { containers: [{ image }], initContainers: null },
    status,
  });
  const waiting = (reason: string, message = '', more = {}) => ({
    containerStatuses: [{ name: 'app', state: { waiting: { reason, message } }, ...more }],
  });
  const restarted = (exitCode: number, finishedAt?: string) => ({
    containerStatuses: [
      {
        name: 'app',
        restartCount: 2,
        state: { running: {} },
        lastState: { terminated: { exitCode, reason: 'Error', finishedAt } },
      },
    ],
  });
  const again = '? app of pod web-1: was restarted, 2 times so far, exit code 3';
  const told = (...pods: readonly unknown[]) =>
    troublesOf(pods, ['web@new'], new Date('2026-11-21T10:00:00Z')).map(
      ({ words, lasting }) => `${lasting ? '!' : '?'} ${words}`,
    );

  test.each<[string, object, readonly string[]]>([
    ['is being made', waiting('ContainerCreating'), []],
    ['waits for the one before', waiting('PodInitializing'), []],
    ['has no status yet', {}, []],
    [
      'cannot have its image',
      waiting('ImagePullBackOff', 'Back-off pulling image "web@new"'),
      ['! app of pod web-1: ImagePullBackOff (Back-off pulling image "web@new")'],
    ],
    [
      'crashes',
      waiting('CrashLoopBackOff', 'back-off 40s', {
        lastState: { terminated: { exitCode: 3, reason: 'Error', message: 'no config' } },
      }),
      ['! app of pod web-1: CrashLoopBackOff, exit code 3 (no config) (back-off 40s)'],
    ],
    [
      'ended badly just now',
      { containerStatuses: [{ name: 'app', state: { terminated: { exitCode: 137, reason: 'OOMKilled' } } }] },
      ['? app of pod web-1: ended with OOMKilled, exit code 137'],
    ],
    [
      'has done what it had to',
      { initContainerStatuses: [{ name: 'init', state: { terminated: { exitCode: 0, reason: 'Completed' } } }] },
      [],
    ],
    [
      'fails before it begins',
      {
        initContainerStatuses: [
          {
            name: 'init',
            state: { waiting: { reason: 'CreateContainerConfigError', message: 'secret "s" not found' } },
          },
        ],
      },
      ['! init of pod web-1: CreateContainerConfigError (secret "s" not found)'],
    ],
    [
      'finds no node',
      {
        conditions: [
          { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes are available' },
        ],
      },
      ['? pod web-1: Unschedulable (0/3 nodes are available)'],
    ],
    ['was restarted just now', restarted(3, '2026-11-21T09:58:00Z'), [again]],
    ['was restarted at a time that is not told', restarted(3), [again]],
    ['was restarted long ago', restarted(3, '2026-11-21T09:50:00Z'), []],
    ['was restarted after it had done what it had to', restarted(0, '2026-11-21T09:58:00Z'), []],
    ['runs', { containerStatuses: [{ name: 'app', state: { running: {} } }], conditions: null }, []],
  ])('one that %s', (_, status, words) => {
    expect(told(pod(status))).toEqual(words);
  });

  test('of another image, or on their way out, say nothing of this rollout', () => {
    const bad = waiting('ImagePullBackOff');
    expect(
      told(pod(bad, 'web@old'), pod(bad, 'web@new', { deletionTimestamp: '2026-11-21T00:00:00Z' }), null, 7),
    ).toEqual([]);
  });

  test('what lasts comes first, and the same is said once', () => {
    const unscheduled = { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }] };
    const bad = pod(waiting('ErrImagePull'));
    expect(told(pod(unscheduled), bad, bad)).toEqual([
      '! app of pod web-1: ErrImagePull',
      '? pod web-1: Unschedulable',
    ]);
  });

  test('say it on one plain line of bounded length', () => {
    expect(oneLine('a\r\n\u001b[31m::error::b\u202e c', 400)).toBe('a ::error::b c');
    expect(oneLine('x'.repeat(500), 400)).toBe(`${'x'.repeat(400)}…`);
  });
});
