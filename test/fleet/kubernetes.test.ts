import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import type { RefreshReport } from '../../core/report/report.ts';
import { useBundles } from '../hosts/bundles.ts';
import { runProcess } from '../hosts/run.ts';
import { type FleetImage, type FleetSite, openFleet } from './site.ts';

const bundles = useBundles();
// Processes are slow on a machine that does much else.
vi.setConfig({ testTimeout: 240_000 });
let site: FleetSite;
afterEach(() => site.close());

const manifest = join(import.meta.dirname, '../../templates/kubernetes/refresh.yaml');
const documents = parseAllDocuments(readFileSync(manifest, 'utf8')).map((one) => one.toJS());
const scripts: Readonly<Record<string, string>> = documents.find(({ kind }) => kind === 'ConfigMap').data;

/** Stands for the cluster: a job that is created has all its pods at once, each a process with the environment of its index. */
const kubectl = String.raw`#!/bin/sh
echo "$*" >>"$CALLS"
value() { sed -nE "s/.*name: $1, value: \"?([^\"} ]+).*/\1/p" "$2"; }
case "$1" in
  create)
    mkdir "$CALLS.ended"
    legs="$(sed -nE 's/.*completions: ([0-9]+).*/\1/p' "$3")"
    echo "$legs" >"$CALLS.legs"
    RUN="$(value RUN "$3")" LEGS="$(value LEGS "$3")" DIGEST="$(value DIGEST "$3")"
    export RUN LEGS DIGEST
    for index in $(seq 0 $((legs - 1))); do
      (JOB_COMPLETION_INDEX=$index setsid sh -c 'sh "$SCRIPTS/leg.sh"; echo $? >"$CALLS.ended/$JOB_COMPLETION_INDEX"' </dev/null >/dev/null 2>&1 &)
    done ;;
  get)
    # The conditions of a job whose pods have ended, as batch/v1 has them.
    test "$(cat "$CALLS.ended"/* | wc -l)" = "$(cat "$CALLS.legs")" || exit 0
    if cat "$CALLS.ended"/* | grep -qvx 0; then echo FailureTarget Failed; else echo SuccessCriteriaMet Complete; fi ;;
esac`;

function program(path: string, text: string): void {
  writeFileSync(path, text);
  chmodSync(path, 0o755);
}

/** A repository of images, and what stands in the pods: the scripts, and the programs that they call. */
async function openCluster(images: readonly FleetImage[]) {
  site = await openFleet(images);
  const top = join(site.folder, '..');
  for (const name of ['bin', 'scripts', 'work', 'tmp']) mkdirSync(join(top, name));
  for (const [name, text] of Object.entries(scripts)) writeFileSync(join(top, 'scripts', name), text);
  program(join(top, 'bin/kubectl'), kubectl);
  program(join(top, 'bin/base-image-refresh'), `#!/bin/sh\nexec ${process.execPath} ${bundles().cli} "$@"\n`);
  const path = `${join(top, 'bin')}:${join(process.execPath, '..')}:/usr/bin:/bin`;
  const env = {
    ...{ PATH: path, HOME: top, TMPDIR: join(top, 'tmp'), REPOSITORY: site.folder, CONFIG: site.settings },
    ...{
      SHARDS: '2',
      PATIENCE: '1m',
      WORK: join(top, 'work'),
      SCRIPTS: join(top, 'scripts'),
      CALLS: join(top, 'calls'),
    },
  };
  const git = 'git init -q && git add -A && git -c user.name=a -c user.email=a@b commit -qm a';
  expect((await runProcess('sh', ['-c', git], { env, cwd: site.folder })).code).toBe(0);
  return { env, top };
}

test('the job that the CronJob makes has a pod for each leg, which waits for those that it is built on', async () => {
  const { env, top } = await openCluster([{ name: 'golden' }, { name: 'web', on: 'golden' }, { name: 'docs' }]);
  const ended = await runProcess('sh', [join(top, 'scripts/run.sh')], { env, cwd: top });
  expect(ended.code, ended.stderr).toBe(0);
  const [run = ''] = readdirSync(join(top, 'work'));
  const report: RefreshReport = JSON.parse(readFileSync(join(top, 'work', run, 'report/report.json'), 'utf8'));
  const promoted = report.images.map(({ name, promotion }) => [name, promotion?.digest]);
  expect(Object.fromEntries(promoted)).toEqual(
    Object.fromEntries(site.images.map(({ name }) => [name, site.released(name)])),
  );
  expect(site.images.map(({ name }) => site.released(name) === site.old.get(name))).toEqual([false, false, false]);
  const calls = readFileSync(join(top, 'calls'), 'utf8');
  expect(calls).toContain(`get job/refresh-${run} -o jsonpath={.status.conditions[?(@.status=="True")].type}`);
});

test('a leg that fails for good ends the wait, and the report names it', async () => {
  const { env, top } = await openCluster([{ name: 'web' }, { name: 'docs' }]);
  program(
    join(top, 'bin/base-image-refresh'),
    `#!/bin/sh\ncase "$*" in *"--shard 2/2"*) exit 137 ;; esac\nexec ${process.execPath} ${bundles().cli} "$@"\n`,
  );
  const began = Date.now();
  const ended = await runProcess('sh', [join(top, 'scripts/run.sh')], { env: { ...env, PATIENCE: '1h' }, cwd: top });
  expect([ended.code, Date.now() - began < 200_000]).toEqual([3, true]);
  expect(ended.stderr).toContain('web: leg 2/2 left nothing; run leg 2/2 again.');
  expect(site.released('docs')).not.toBe(site.old.get('docs'));
});

test('the manifests are what they are made of: one pod of a leg at once, and no rights but over jobs', () => {
  const job = parse(scripts['legs.yaml']?.replaceAll('@LEGS@', '3') ?? '');
  expect(job.spec).toMatchObject({ completionMode: 'Indexed', completions: 3, podReplacementPolicy: 'Failed' });
  expect(job.spec.template.spec.automountServiceAccountToken).toBe(false);
  const role = documents.find(({ kind }) => kind === 'Role');
  expect(role.rules.map(({ resources }: { resources: readonly string[] }) => resources)).toEqual([['jobs']]);
  expect(documents.map(({ kind }) => kind)).toEqual([
    ...['ServiceAccount', 'Role', 'RoleBinding', 'PersistentVolumeClaim', 'ConfigMap', 'CronJob'],
  ]);
});
