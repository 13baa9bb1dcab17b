import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import type { RefreshReport } from '../../core/report/report.ts';
import { useBundles } from '../hosts/bundles.ts';
import { runProcess } from '../hosts/run.ts';
import { type FleetSite, openFleet } from './site.ts';

const bundles = useBundles();
vi.setConfig({ testTimeout: 240_000 });
let site: FleetSite;
afterEach(() => site.close());

interface Job {
  readonly stage?: string;
  readonly extends?: string;
  readonly parallel?: number;
  readonly script?: readonly string[];
}
const pipeline: Readonly<Record<string, Job>> & {
  readonly stages: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
} = parse(readFileSync(join(import.meta.dirname, '../../templates/gitlab/refresh.yml'), 'utf8'));

// `extends` merges the job over what it names.
function jobOf(name: string): Job {
  const own = pipeline[name] ?? {};
  return own.extends === undefined ? own : { ...jobOf(own.extends), ...own };
}

/** Runs the jobs of a pipeline as a runner does: stage by stage, the lines of a script in one shell that ends at the first error. */
async function runPipeline() {
  const top = join(site.folder, '..');
  mkdirSync(join(top, 'bin'));
  const program = join(top, 'bin/base-image-refresh');
  writeFileSync(program, `#!/bin/sh\nexec ${process.execPath} ${bundles().cli} "$@"\n`);
  chmodSync(program, 0o755);
  const path = `${join(top, 'bin')}:${join(process.execPath, '..')}:/usr/bin:/bin`;
  const env = { ...pipeline.variables, PATH: path, HOME: top, BIR_CONFIG: site.settings, BIR_SHARDS: '2' };
  const handedOn: Record<string, string> = {};
  const codes: Record<string, number | null> = {};
  let errors = '';
  for (const stage of pipeline.stages) {
    for (const name of Object.keys(pipeline).filter((one) => !one.startsWith('.') && jobOf(one).stage === stage)) {
      const { script = [], parallel = 1 } = jobOf(name);
      for (let node = 1; node <= parallel; node += 1) {
        const own = { CI_JOB_STAGE: stage, CI_NODE_INDEX: String(node), CI_NODE_TOTAL: String(parallel) };
        const lines = `set -e\n${script.join('\n')}\n`;
        const ended = await runProcess('sh', ['-c', lines], { env: { ...env, ...handedOn, ...own }, cwd: site.folder });
        codes[parallel === 1 ? name : `${name} ${node}`] = ended.code;
        errors += ended.stderr;
      }
      if (name !== 'plan') continue;
      for (const line of readFileSync(join(site.folder, 'run.env'), 'utf8').trim().split('\n')) {
        const [variable = '', value = ''] = line.split('=', 2);
        handedOn[variable] = value;
      }
    }
  }
  const report: RefreshReport = JSON.parse(readFileSync(join(site.folder, 'report/report.json'), 'utf8'));
  return { codes, errors, report };
}

test('the jobs of the GitLab pipeline refresh every image, level by level, each leg once', async () => {
  site = await openFleet([{ name: 'golden' }, { name: 'web', on: 'golden' }, { name: 'docs' }]);
  const { codes, errors, report } = await runPipeline();
  expect(new Set(Object.values(codes)), errors).toEqual(new Set([0]));
  expect(Object.keys(codes)).toHaveLength(22);
  expect(Object.fromEntries(report.images.map(({ name, promotion }) => [name, promotion?.digest]))).toEqual(
    Object.fromEntries(site.images.map(({ name }) => [name, site.released(name)])),
  );
  expect(site.images.filter(({ name }) => site.released(name) === site.old.get(name))).toEqual([]);
});
