import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Row } from '../row.ts';
import type { Seen } from '../seen.ts';

const shop = { name: 'shop', timeout: '30s' };
const here = { settings: { deploy: [shop] }, programs: ['kubectl'] } as const;
const forbidden = { code: 1, stderr: 'Error from server (Forbidden): deployments.apps is forbidden: no\n' } as const;

/** What the Deployment of an image runs now. */
function runs({ site }: Seen, name: 'web' | 'api'): string {
  return JSON.parse(readFileSync(join(site.bin, `cluster/${name}.json`), 'utf8')).image;
}

function promotedOf({ site, images }: Seen, name: 'web' | 'api'): string {
  return `${site.name(name)}@${images[name].promotion?.digest}`;
}

function expectDeployed(seen: Seen): void {
  for (const name of ['web', 'api'] as const) expect(runs(seen, name)).toBe(promotedOf(seen, name));
  expect(seen.outputs?.deployment ?? 'deployed').toBe('deployed');
}

function expectUntouched(seen: Seen): void {
  for (const name of ['web', 'api'] as const) expect(runs(seen, name)).toBe(`${seen.site.name(name)}:1`);
}

/** Where promoted images are rolled out. */
export const deployRows: readonly Row[] = [
  {
    name: 'yes',
    ...here,
    host: 'github',
    exit: 0,
    images: { web: 'stale promoted deployed', api: 'stale promoted deployed' },
    and: expectDeployed,
  },
  {
    name: 'no, no target',
    ...here,
    inputs: { 'deploy-target': 'none' },
    exit: 0,
    images: { web: 'stale promoted', api: 'stale promoted' },
    and: expectUntouched,
  },
  {
    name: 'no, what was not promoted',
    ...here,
    faults: ({ repository }) => [
      { method: 'PUT', path: `/v2/${repository('web')}/manifests/1`, effect: { kind: 'status', status: 403 } },
    ],
    exit: 3,
    images: { web: 'stale pass forbidden', api: 'stale promoted deployed' },
    and: (seen) => {
      expect(runs(seen, 'web')).toBe(`${seen.site.name('web')}:1`);
      expect(runs(seen, 'api')).toBe(promotedOf(seen, 'api'));
    },
  },
  {
    name: 'no, what was promoted and whose release tag went with the candidate',
    ...here,
    faults: ({ registry: { store }, repository }) => [
      {
        method: 'DELETE',
        path: new RegExp(`^/v2/${repository('web')}/manifests/bir-c1-`),
        when: () => store.untag(repository('web'), '1'),
        effect: { kind: 'delay', milliseconds: 0 },
      },
      {
        method: 'PUT',
        path: `/v2/${repository('web')}/manifests/1`,
        after: 1,
        effect: { kind: 'status', status: 403 },
      },
    ],
    exit: 3,
    images: { web: 'stale promoted forbidden', api: 'stale promoted deployed' },
    lost: ['web:1'],
    and: (seen) => {
      expect(runs(seen, 'web')).toBe(`${seen.site.name('web')}:1`);
      expect(runs(seen, 'api')).toBe(promotedOf(seen, 'api'));
    },
  },
  {
    name: 'fails with 403',
    ...here,
    rules: [{ program: 'kubectl', to: ' get deployments', ...forbidden }],
    exit: 3,
    images: { web: 'stale promoted failed forbidden', api: 'stale promoted failed forbidden' },
    and: expectUntouched,
  },
  {
    name: 'fails with 403 to change one',
    ...here,
    rules: [{ program: 'kubectl', to: ' patch deployments.apps web ', ...forbidden }],
    exit: 3,
    images: { web: 'stale promoted failed forbidden', api: 'stale promoted deployed' },
  },
  {
    name: 'fails with 403 while one is watched, and the other is put back',
    ...here,
    rules: [{ program: 'kubectl', to: ' get deployments.apps .* web ', ...forbidden }],
    host: 'github',
    exit: 1,
    images: { web: 'stale promoted failed deploy-failed', api: 'stale promoted failed deploy-failed' },
    and: (seen) => {
      expect(runs(seen, 'web')).toBe(promotedOf(seen, 'web'));
      expect(runs(seen, 'api')).toBe(`${seen.site.name('api')}@${seen.before['api:1']}`);
      expect(seen.outputs?.deployment).toBe('failed');
    },
  },
  {
    name: 'nowhere, so that the next target is held',
    settings: {
      deploy: [
        { ...shop, name: 'first', images: ['web'], workloads: [{ kind: 'statefulset' }] },
        { ...shop, name: 'second', images: ['api'] },
      ],
    },
    programs: ['kubectl'],
    exit: 3,
    images: { web: 'stale promoted nowhere', api: 'stale promoted held deploy-failed' },
    and: expectUntouched,
  },
  {
    name: 'late',
    ...here,
    rules: [{ program: 'kubectl', to: ' patch ', late: 500 }],
    exit: 0,
    images: { web: 'stale promoted deployed', api: 'stale promoted deployed' },
    and: expectDeployed,
  },
];
