import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { World } from '../../core/ports.ts';
import type { RefreshReport, ReportedImage } from '../../core/report/report.ts';
import { run } from '../../core/run.ts';
import { createWorld } from '../../core/world.ts';
import { makeImage, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry } from '../../testing/registry.ts';
import { recordInRegistry } from '../support/promotion-records.ts';
import { createRecordingHost } from '../support/run.ts';

/** How the kubectl of a test answers calls whose arguments fit. */
export interface Rule {
  readonly to: string;
  readonly answers: readonly { readonly code?: number; readonly stdout?: unknown; readonly stderr?: string }[];
}

export interface Call {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly kubeconfig: { readonly path: string; readonly mode: number; readonly text: string } | null;
}

const script = fileURLToPath(new URL('../support/kubectl.mjs', import.meta.url));

/** What `kubectl config view` prints of a small kubeconfig. */
export const config = (user: object = { token: 'a-bearer-token' }) => ({
  to: ' ?config view ',
  answers: [
    {
      stdout: {
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [{ name: 'c', cluster: { server: 'https://cluster.example' } }],
        users: [{ name: 'u', user }],
        contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: 'shop' } }],
        'current-context': 'x',
      },
    },
  ],
});

export const client: Rule = { to: ' version ', answers: [{ stdout: { clientVersion: { major: '1', minor: '31+' } } }] };

/** A Deployment whose one container runs an image, complete unless told otherwise. */
export function deploymentOf(image: string, more: { readonly generation?: number; readonly status?: object } = {}) {
  const { generation = 1, status = {} } = more;
  return {
    metadata: { name: 'web', namespace: 'shop', uid: 'u1', resourceVersion: `${generation}`, generation },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: 'web' } },
      template: { spec: { containers: [{ name: 'app', image }] } },
    },
    status: { observedGeneration: generation, replicas: 1, updatedReplicas: 1, availableReplicas: 1, ...status },
  };
}

/** A folder with a report of a refresh that promoted team/web:1, a registry that has it, and a kubectl that answers. */
export async function openShop(settings: object = {}) {
  const registry = await startRegistry();
  const folder = mkdtempSync(join(tmpdir(), 'bir-shop-'));
  onTestFinished(async () => {
    await registry.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const image = makeImage({ layers: [await makeLayer({ app: 'web' })] });
  await pushImage(registry.store, 'team/web', image, '1');
  const { digest } = image.descriptor;
  const name = `${registry.host}/team/web`;
  await recordInRegistry(registry, 'team/web', digest, { tags: [{ reference: `${name}:1` }] });
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'kubectl'), `#!/bin/sh\nexec "${process.execPath}" "${script}" "${folder}" "$@"\n`, {
    mode: 0o755,
  });
  const write = (path: string, value: object) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), JSON.stringify(value));
  };
  write('.base-image-refresh.yml', { deploy: [{ name: 'shop', timeout: '1s', ...settings }] });
  write('.base-image-refresh/report.json', savedReport(name, digest));
  return {
    folder,
    bin,
    registry,
    old: `${name}:1`,
    wanted: `${name}@${digest}`,
    digest,
    write,
    calls: (): readonly Call[] =>
      readFileSync(join(folder, 'calls.jsonl'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    async deploy(
      rules: readonly Rule[] | undefined,
      env: Readonly<Record<string, string>> = {},
      inputs = {},
      change: (real: World) => Partial<World> = () => ({}),
    ) {
      if (rules === undefined) rmSync(join(bin, 'kubectl'));
      else writeFileSync(join(folder, 'answers.json'), JSON.stringify(rules));
      const real = createWorld({ cwd: folder });
      const secrets: string[] = [];
      const recording = createRecordingHost({
        command: 'deploy',
        format: 'json',
        allow: 'deploy-kubeconfig',
        ...inputs,
      });
      const host = { ...recording, secret: (value: string) => void secrets.push(value) };
      const world = { ...real, sleep: async () => {}, env: { PATH: bin, HOME: folder, ...env }, ...change(real) };
      const conclusion = await run(host, world);
      const report: RefreshReport | undefined = host.printed[0] === undefined ? undefined : JSON.parse(host.printed[0]);
      const [image] = report?.images ?? [];
      const deployment = image?.deployment ?? null;
      const words = host.lines.map(({ message }) => message).join('\n');
      return {
        conclusion,
        report,
        deployment,
        secrets,
        workload: deployment?.targets[0]?.workloads[0],
        words,
      };
    },
  };
}

/** A report of a refresh in which one image was cleared and promoted. */
export function savedReport(name: string, digest: string, more: Partial<ReportedImage> = {}): RefreshReport {
  const image: ReportedImage = {
    name: 'web',
    image: `${name}:1`,
    dockerfile: 'Dockerfile',
    verdict: 'stale',
    bases: [],
    plan: null,
    build: null,
    scan: null,
    gate: { verdict: 'pass', breaches: [], exceptionsUsed: [], exceptionsUnused: [], failure: null },
    promotion: { digest, tags: [{ reference: `${name}:1`, previous: null }] },
    signature: null,
    deployment: null,
    failure: null,
    ...more,
  };
  return {
    schemaVersion: 1,
    tool: { name: 'base-image-refresh', version: '0.0.0' },
    command: 'refresh',
    dryRun: false,
    startedAt: '2026-11-20T04:00:00.000Z',
    finishedAt: '2026-11-20T04:10:00.000Z',
    policy: { severityThreshold: 'high', onlyFixable: false, newOnly: false },
    images: [image],
    failures: [],
    totals: { images: 1, current: 0, stale: 1, unknown: 0, rebuilt: 1, promoted: 1, held: 0, failed: 0 },
    requests: { head: 0, get: 0, token: 0, write: 0, uploadedBytes: 0 },
  };
}
