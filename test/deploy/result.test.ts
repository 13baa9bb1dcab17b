import { describe, expect, test } from 'vitest';
import { deployable } from '../../core/deploy/deployable.ts';
import {
  deploymentOf,
  failureOfDeployment,
  type TargetResult,
  type WorkloadResult,
  type WorkloadState,
} from '../../core/deploy/result.ts';
import { parseWorkload } from '../../core/deploy/workload.ts';
import { fail } from '../../core/failure.ts';
import type { Digest } from '../../core/oci/digest.ts';

const digest = `sha256:${'a'.repeat(64)}` as Digest;
const web = deployable('web', { at: '', digest, tags: [{ reference: 'ghcr.io/acme/web:1' }] });

function workload(state: WorkloadState, image = 'web', more: Partial<WorkloadResult> = {}): WorkloadResult {
  const metadata = { name: image, namespace: 'shop', uid: image, resourceVersion: '1' };
  const change = {
    container: 'app',
    init: false,
    from: `${image}:1`,
    to: `${image}@${digest}`,
    back: undefined,
    release: `${image}:1`,
    image,
  };
  return {
    workload: parseWorkload('deployment', { metadata, spec: {} }),
    changes: [change],
    state,
    durationMs: 1,
    ...more,
  };
}

const target = (more: Partial<TargetResult>): TargetResult => ({
  target: 'staging',
  images: ['web', 'api'],
  state: 'done',
  workloads: [],
  notes: [],
  ...more,
});
const held = target({ target: 'production', state: 'held', why: 'staging is not known to be healthy' });
const { failure } = fail('deploy-failed', 'staging: deployment shop/web', 'did not roll out: x');
const { failure: away } = fail('unreachable', 'staging', 'is away');

describe('what became of one image', () => {
  test.each<[string, readonly TargetResult[], string, string | undefined]>([
    ['nothing runs it', [target({})], 'nowhere', undefined],
    ['no target takes it', [target({ images: ['api'], state: 'failed', failure: away })], 'nowhere', undefined],
    [
      'all of it is well',
      [target({ workloads: [workload('rolled-out'), workload('current'), workload('set')] })],
      'deployed',
      undefined,
    ],
    [
      'another image failed, and this one stayed',
      [target({ state: 'failed', workloads: [workload('rolled-out'), workload('failed', 'api', { failure })] })],
      'deployed',
      undefined,
    ],
    [
      'it waits for somebody',
      [target({ workloads: [workload('rolled-out'), workload('pending')] })],
      'pending',
      undefined,
    ],
    ['it was a dry run', [target({ workloads: [workload('planned'), workload('current')] })], 'planned', undefined],
    [
      'one failed',
      [target({ state: 'failed', workloads: [workload('rolled-out'), workload('failed', 'web', { failure })] }), held],
      'failed',
      'did not roll out: x',
    ],
    [
      'one was refused',
      [target({ state: 'failed', workloads: [workload('refused', 'web', { failure })] })],
      'failed',
      'did not roll out: x',
    ],
    [
      'nobody knows of one',
      [target({ state: 'failed', workloads: [workload('unknown', 'web', { failure })] })],
      'failed',
      'did not roll out: x',
    ],
    ['the cluster was away', [target({ state: 'failed', failure: away }), held], 'failed', 'is away'],
    [
      'it went back with another',
      [
        target({
          state: 'failed',
          workloads: [workload('rolled-back', 'web', { why: 'deployment shop/api did not roll out' })],
        }),
      ],
      'failed',
      'was rolled back in staging: deployment shop/api did not roll out',
    ],
    [
      'it is held by another',
      [target({ state: 'failed', workloads: [workload('failed', 'api', { failure })] }), held],
      'held',
      'was not rolled out to production: staging is not known to be healthy',
    ],
  ])('where %s', (_, results, verdict, detail) => {
    const deployment = deploymentOf(web, results);
    expect(deployment.verdict).toBe(verdict);
    expect(failureOfDeployment('web', deployment)?.detail).toBe(detail);
  });

  test('is told of its own containers and notes alone', () => {
    const both = workload('rolled-out');
    const [own] = both.changes;
    if (own === undefined) throw new Error('no change');
    const shared = { ...both, changes: [own, { ...own, container: 'api', image: 'api' }] };
    const notes = [
      { images: ['web'], words: 'of web' },
      { images: ['api'], words: 'of api' },
    ];
    const [first] = deploymentOf(web, [
      target({ workloads: [shared, workload('failed', 'api', { failure })], notes }),
    ]).targets;
    expect(first?.workloads.map(({ changes }) => changes.map(({ container }) => container))).toEqual([['app']]);
    expect(first?.notes.map(({ words }) => words)).toEqual(['of web']);
  });
});
