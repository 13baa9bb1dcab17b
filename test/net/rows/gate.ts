import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf } from '../../../core/oci/digest.ts';
import type { Fault } from '../../../testing/registry.ts';
import type { Row } from '../row.ts';
import type { Site } from '../site.ts';

const promoted = { web: 'stale promoted', api: 'stale promoted' };
const refused = { web: 'stale fail', api: 'stale promoted' };
const inBase = { web: [{ id: 'CVE-2026-1', severity: 'CRITICAL', layer: 0 }] } as const;
const inApp = { web: [{ id: 'CVE-2026-1', severity: 'CRITICAL', layer: -1 }] } as const;
/** What scans the candidates. */
export const scanRows: readonly Row[] = [
  { name: 'no, one image', findings: inApp, exit: 1, images: refused, host: 'github' },
  {
    name: 'no, one platform of one image',
    findings: { web: [{ id: 'CVE-2026-1', severity: 'CRITICAL', layer: -1, on: 'arm64' }] },
    exit: 1,
    images: refused,
  },
  {
    name: 'fails with 403',
    settings: {
      scanner: { tool: 'command', command: ['sh', '-c', 'echo "GET: 403 Forbidden" >&2; exit 1'], format: 'sarif' },
    },
    exit: 3,
    images: { web: 'stale inconclusive scan-failed', api: 'stale inconclusive scan-failed' },
  },
];

const ownerApp = { engine: 'buildx', gate: { owner: 'app' } };

// Only the product is refused it, and not the builder.
function configOfBase(effect: Fault['effect']) {
  return ({ bases, repository }: Site): readonly Fault[] =>
    bases.debian.v2.entries.map((entry) => ({
      path: `/v2/${repository('debian')}/blobs/${entry.kind === 'manifest' ? entry.config.descriptor.digest : ''}`,
      when: ({ headers }) => headers['user-agent']?.startsWith('base-image-refresh') === true,
      effect,
    }));
}

/** Whose a finding is, by the layers of the base. */
export const ownerRows: readonly Row[] = [
  {
    name: 'of the base',
    settings: ownerApp,
    programs: ['docker'],
    findings: inBase,
    exit: 0,
    images: promoted,
    host: 'github',
  },
  { name: 'of the app', settings: ownerApp, programs: ['docker'], findings: inApp, exit: 1, images: refused },
  {
    name: 'fails with 403',
    settings: ownerApp,
    programs: ['docker'],
    findings: inBase,
    faults: configOfBase({ kind: 'status', status: 403 }),
    exit: 3,
    images: { web: 'stale not gated forbidden', api: 'stale not gated forbidden' },
  },
  {
    name: 'fails with 500',
    settings: ownerApp,
    programs: ['docker'],
    findings: inBase,
    faults: configOfBase({ kind: 'status', status: 500 }),
    exit: 3,
    images: { web: 'stale not gated unreachable', api: 'stale not gated unreachable' },
  },
  {
    name: 'late',
    settings: ownerApp,
    programs: ['docker'],
    findings: inBase,
    faults: configOfBase({ kind: 'delay', milliseconds: 700 }),
    exit: 0,
    images: promoted,
  },
];

const refusing = { gate: { refuse: 'root-user' } };

// The engine reads the layer of the app first, to see whether it may stay.
// Of what a builder has made, which nothing has read before; both images have it, and it is read once for both.
function layerOfBuild(effect: Fault['effect']) {
  return async ({ prefix, bin }: Site): Promise<readonly Fault[]> => {
    const { base64 } = JSON.parse(readFileSync(join(bin, 'layer.json'), 'utf8'));
    const digest = digestOf(Buffer.from(base64, 'base64'));
    return [{ method: 'GET', path: new RegExp(`^/v2/${prefix}/(?:web|api)/blobs/${digest}$`), effect }];
  };
}

/** What in the image itself policy refuses. */
export const hardeningRows: readonly Row[] = [
  { name: 'yes', settings: refusing, exit: 0, images: promoted, host: 'github' },
  { name: 'no', settings: refusing, published: { user: '' }, exit: 1, images: refused },
  { name: 'no, and only reported', settings: { hardening: true }, published: { user: '' }, exit: 0, images: promoted },
  {
    name: 'fails with 403',
    settings: { ...refusing, engine: 'buildx' },
    programs: ['docker'],
    faults: layerOfBuild({ kind: 'status', status: 403 }),
    exit: 3,
    images: { web: 'stale inconclusive forbidden', api: 'stale inconclusive forbidden' },
  },
  {
    name: 'fails with 500, and is only reported',
    settings: { hardening: true, engine: 'buildx' },
    programs: ['docker'],
    faults: layerOfBuild({ kind: 'status', status: 500 }),
    exit: 0,
    images: promoted,
    says: /not looked into: .*500/,
  },
  {
    name: 'late',
    settings: { ...refusing, engine: 'buildx' },
    programs: ['docker'],
    faults: layerOfBuild({ kind: 'delay', milliseconds: 700 }),
    exit: 0,
    images: promoted,
  },
];

const noShell = { tests: { absent: ['shell'] } };
const shell = { 'bin/': { directory: true }, 'bin/sh': '' } as const;

/** What must be tried in the candidate before it is promoted. */
export const testRows: readonly Row[] = [
  { name: 'yes', settings: noShell, exit: 0, images: promoted, host: 'github' },
  {
    name: 'no',
    settings: noShell,
    published: { files: shell },
    exit: 1,
    images: { web: 'stale pass tests fail', api: 'stale promoted' },
  },
  {
    name: 'fails with 403',
    settings: { ...noShell, engine: 'buildx' },
    programs: ['docker'],
    faults: layerOfBuild({ kind: 'status', status: 403 }),
    exit: 3,
    images: { web: 'stale pass tests inconclusive forbidden', api: 'stale pass tests inconclusive forbidden' },
  },
  {
    name: 'fails with 500',
    settings: { ...noShell, engine: 'buildx' },
    programs: ['docker'],
    faults: layerOfBuild({ kind: 'status', status: 500 }),
    exit: 3,
    images: { web: 'stale pass tests inconclusive unreachable', api: 'stale pass tests inconclusive unreachable' },
  },
  {
    name: 'late',
    settings: { ...noShell, engine: 'buildx' },
    programs: ['docker'],
    faults: layerOfBuild({ kind: 'delay', milliseconds: 700 }),
    exit: 0,
    images: promoted,
  },
];

const command = { tests: { command: ['/srv/check'], runner: 'docker' } };
const here = { settings: command, programs: ['docker'] } as const;

/** A command that must succeed in the candidate. */
export const commandRows: readonly Row[] = [
  { name: 'yes', ...here, exit: 0, images: promoted, host: 'github' },
  {
    name: 'no',
    ...here,
    rules: [{ program: 'docker', to: '^inspect ', code: 0, stdout: '{"Status":"exited","ExitCode":1,"Error":""}' }],
    exit: 1,
    images: { web: 'stale pass tests fail', api: 'stale pass tests fail' },
  },
  {
    name: 'fails with 403',
    ...here,
    rules: [{ program: 'docker', to: '^pull .*/web@', code: 1, stderr: 'Error response: denied: 403 Forbidden\n' }],
    exit: 3,
    images: { web: 'stale pass tests inconclusive build-failed', api: 'stale promoted' },
  },
  { name: 'late', ...here, rules: [{ program: 'docker', to: '^start ', late: 500 }], exit: 0, images: promoted },
  {
    name: 'too late',
    ...here,
    settings: { tests: { ...command.tests, timeout: '1s' } },
    rules: [{ program: 'docker', to: '^start ', late: 4000 }],
    exit: 1,
    images: { web: 'stale pass tests fail', api: 'stale pass tests fail' },
  },
];
