import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import type { RunFile } from '../../core/fleet/run-file.ts';
import type { RefreshReport } from '../../core/report/report.ts';
import { useBundles } from '../hosts/bundles.ts';
import { environmentIn, readEnvironmentFile } from '../hosts/environment.ts';
import { repository } from '../hosts/repository.ts';
import { runProcess } from '../hosts/run.ts';
import { type FleetSite, forgeRecord, openFleet } from './site.ts';

const bundles = useBundles();
// Processes are slow on a machine that does much else.
vi.setConfig({ testTimeout: 180_000 });
let site: FleetSite;
afterEach(() => site.close());

const leg = (shard: string) =>
  site.bir([
    'refresh',
    '--run=out/plan/run.json',
    `--shard=${shard}`,
    `--output-dir=out/legs/${shard.replace('/', '-')}`,
  ]);

async function report() {
  const { code, stderr } = await site.bir(['report', 'out', '--output-dir=merged']);
  const merged: RefreshReport = JSON.parse(readFileSync(join(site.folder, 'merged/report.json'), 'utf8'));
  const lines = merged.images.map(({ name, promotion, failure }) => [name, promotion?.digest ?? failure?.detail ?? '']);
  return { code, stderr, merged, lines: Object.fromEntries(lines) as Readonly<Record<string, string>> };
}

test('what legs left nothing of is looked for in the registry, and named where it is not there', async () => {
  site = await openFleet([{ name: 'web' }, { name: 'api' }, { name: 'docs' }, { name: 'tool' }]);
  // One that nobody can check is in no leg, and stops no other.
  const fault = site.registry.inject({ path: '/v2/fleet/tool/manifests/1', effect: { kind: 'status', status: 403 } });
  const planned = await site.bir(['plan', '--output-dir=out/plan', '--shards=3']);
  fault.remove();
  expect(planned.code).toBe(3);
  const run: RunFile = JSON.parse(readFileSync(join(site.folder, 'out/plan/run.json'), 'utf8'));
  expect(run.totals).toEqual({ planned: 3, current: 0, unknown: 1, held: 0 });
  expect(run.legs.map(({ images }) => images)).toEqual([['api'], ['docs'], ['web']]);
  await leg('1/3');
  await leg('2/3');
  rmSync(join(site.folder, 'out/legs/2-3'), { recursive: true });
  const { code, lines, stderr } = await report();
  expect(lines).toEqual({
    api: site.released('api'),
    docs: site.released('docs'),
    web: 'leg 3/3 left nothing',
    tool: expect.stringContaining('403'),
  });
  expect([code, site.released('docs') === site.old.get('docs')]).toEqual([3, false]);
  expect(stderr).toContain('web: leg 3/3 left nothing; run leg 3/3 again.');

  // Whatever a job put in place of the plan's artifact, its output stands.
  const path = join(site.folder, 'out/plan/run.json');
  const digest = `sha256:${createHash('sha256').update(readFileSync(path)).digest('hex')}`;
  const held = async () => site.bir(['report', 'out', '--output-dir=merged', `--run-digest=${digest}`]);
  expect((await held()).code).toBe(3);
  writeFileSync(path, JSON.stringify({ ...run, images: [], legs: [] }));
  const other = await held();
  expect([other.code, other.stderr]).toEqual([
    2,
    expect.stringContaining(`the plan wrote ${digest}; give the run.json`),
  ]);
  rmSync(path);
  expect((await held()).stderr).toContain('run.json: is not among the files');
  writeFileSync(path, `${JSON.stringify(run)}\n`);

  const { env, file } = environmentIn(repository({}), 'github', {
    command: 'report',
    path: 'out',
    'output-dir': 'merged',
  });
  await runProcess(process.execPath, [bundles().action], { env, cwd: site.folder });
  expect(readEnvironmentFile(file('OUTPUT'))).toMatchObject({
    conclusion: 'incomplete',
    'missing-legs': '["2/3","3/3"]',
    stale: 'unknown',
    counts: '{"unknown":2,"promoted":2}',
  });
});

test('reports of another run do not count, and a whole one ends with 0', async () => {
  site = await openFleet([{ name: 'web' }]);
  await site.bir(['plan', '--output-dir=out/plan']);
  await leg('1/1');
  expect(await report()).toMatchObject({ code: 0, lines: { web: site.released('web') } });
  const saved = (name: string) => join(site.folder, 'out', name);
  const text = readFileSync(saved('legs/1-1/report.json'), 'utf8');
  // Broken off in the middle, it is nothing that the leg left: the registry says what became of it.
  writeFileSync(saved('legs/1-1/report.json'), text.slice(0, -40));
  const cut = await report();
  expect([cut.code, cut.lines.web]).toEqual([0, site.released('web')]);
  expect(cut.stderr).toContain(
    '1-1/report.json: is not valid JSON; give a report.json that a run has saved. It was left',
  );
  writeFileSync(saved('legs/1-1/report.json'), text);
  // Under the same id with less in it, it is another run.
  const run = JSON.parse(readFileSync(saved('plan/run.json'), 'utf8'));
  const less = { ...run, images: [], legs: [], totals: { ...run.totals, planned: 0 } };
  writeFileSync(saved('legs/1-1/run.json'), JSON.stringify(less));
  expect(await report()).toMatchObject({ code: 2, stderr: expect.stringContaining('two different runs were given') });
  rmSync(saved('legs/1-1/run.json'));
  renameSync(saved('plan/report.json'), saved('plan/other'));
  expect(await report()).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/the report of the plan of [0-9a-f]{32} is not there, so what it found outside/),
  });
  const plan: RefreshReport = JSON.parse(readFileSync(saved('plan/other'), 'utf8'));
  const yesterday = { startedAt: '2020-01-01T00:00:00.000Z', finishedAt: '2020-01-01T00:01:00.000Z' };
  writeFileSync(saved('plan/report.json'), JSON.stringify({ ...plan, ...yesterday }));
  const old = await report();
  expect([old.code, old.stderr]).toEqual([3, expect.stringMatching(/a report of plan of 2020\S+ is not of the run/)]);
  await site.moveBase('v3');
  await site.bir(['plan', '--output-dir=out/plan']);
  const { code, lines, stderr } = await report();
  expect([code, lines.web]).toEqual([3, 'leg 1/1 left nothing']);
  expect(stderr).toMatch(/a report of .* is of the run [0-9a-f]{32}, and not of [0-9a-f]{32}: it was left out/);
});

test('what a leg left nothing of is promoted by no record that the legs would not take', async () => {
  site = await openFleet([{ name: 'web' }]);
  site.configure({ 'verify-attestations': [{ match: '**', key: 'cosign.pub' }] });
  await site.bir(['plan', '--output-dir=out/plan']);
  // A record without a signature, as whoever may push can write it.
  site.configure({});
  expect((await leg('1/1')).code).toBe(2);
  const run: RunFile = JSON.parse(readFileSync(join(site.folder, 'out/plan/run.json'), 'utf8'));
  await site.bir(['refresh', '--output-dir=elsewhere']);
  const digest = site.released('web') ?? '';
  expect(digest).not.toBe(site.old.get('web'));
  forgeRecord(site, 'web', digest, run.images[0]?.recipe ?? '');
  const { code, lines, stderr } = await report();
  expect([code, lines.web]).toEqual([
    3,
    'leg 1/1 left nothing, and what the registry records is not taken here, where verify-attestations is not that of the plan',
  ]);
  expect(stderr).toContain('give the report the configuration of the plan, such as by --config');
});

test('a leg speaks of its own images, and what it says is promoted has to be released', async () => {
  site = await openFleet([{ name: 'web' }, { name: 'api' }]);
  await site.bir(['plan', '--output-dir=out/plan', '--shards=2']);
  await leg('1/2');
  const path = join(site.folder, 'out/legs/1-2/report.json');
  const saved: RefreshReport = JSON.parse(readFileSync(path, 'utf8'));
  const [api] = saved.images;
  writeFileSync(
    path,
    JSON.stringify({ ...saved, images: [api, { ...api, name: 'web', dockerfile: 'web.Dockerfile' }] }),
  );
  const foreign = await report();
  expect([foreign.code, foreign.lines]).toEqual([3, { api: site.released('api'), web: 'leg 2/2 left nothing' }]);
  expect(foreign.stderr).toContain('a report of leg 1/2 speaks of web, which that leg was not to do: it was left out.');

  await leg('2/2');
  expect((await report()).code).toBe(0);
  const { store } = site.registry;
  const old = store.manifest('fleet/web', site.old.get('web') ?? '');
  store.putManifest('fleet/web', old?.bytes ?? Buffer.of(), { mediaType: old?.mediaType ?? '', tag: '1.2' });
  const moved = await report();
  expect([moved.code, moved.merged.images.find(({ name }) => name === 'web')?.failure?.detail]).toEqual([
    3,
    `was reported as promoted to ${site.released('web')}, and names ${site.old.get('web')}`,
  ]);

  store.putManifest('fleet/web', old?.bytes ?? Buffer.of(), { mediaType: old?.mediaType ?? '', tag: '1' });
  const second = join(site.folder, 'out/legs/2-2/report.json');
  const lines: RefreshReport = JSON.parse(readFileSync(second, 'utf8'));
  const current = lines.images.map((image) => ({ ...image, verdict: 'current', promotion: null }));
  writeFileSync(second, JSON.stringify({ ...lines, images: current }));
  const unmended = await report();
  expect([unmended.code, unmended.merged.images.find(({ name }) => name === 'web')?.failure?.detail]).toEqual([
    3,
    'was stale when the run was planned and names the same now, and its leg reports it as mended',
  ]);

  // Nor is what was there before a promotion, whatever a report of the plan says of it.
  const plan = join(site.folder, 'out/plan/report.json');
  const planned: RefreshReport = JSON.parse(readFileSync(plan, 'utf8'));
  const before = site.old.get('web') ?? '';
  const kept = lines.images.map((image) => ({ ...image, promotion: { ...image.promotion, digest: before } }));
  for (const images of [current, kept]) {
    writeFileSync(second, JSON.stringify({ ...lines, images }));
    const calm = planned.images.map((image) => ({ ...image, verdict: 'current' }));
    writeFileSync(plan, JSON.stringify({ ...planned, images: calm }));
    const forged = await report();
    expect([forged.code, forged.merged.images.find(({ name }) => name === 'web')?.failure?.detail]).toEqual([
      3,
      'was stale when the run was planned and names the same now, and its leg reports it as mended',
    ]);
  }

  const run: RunFile = JSON.parse(readFileSync(join(site.folder, 'out/plan/run.json'), 'utf8'));
  expect(run.totals.current).toBe(0);
  writeFileSync(
    join(site.folder, 'out/plan/run.json'),
    JSON.stringify({ ...run, totals: { ...run.totals, current: 1 } }),
  );
  expect(readFileSync(plan, 'utf8')).not.toBe('');
  expect((await report()).stderr).toContain('the plan found 1 images current, and its report has 0 of them');
});

test('a plan of some images says so, since its report is not given what it was limited to', async () => {
  site = await openFleet([{ name: 'web' }, { name: 'docs' }]);
  const partial = async (...limits: readonly string[]) => {
    const folder = `out/${limits.join()}`;
    await site.bir(['plan', `--output-dir=${folder}`, ...limits]);
    const run: RunFile = JSON.parse(readFileSync(join(site.folder, folder, 'run.json'), 'utf8'));
    return [run.images.map(({ name }) => name), run.partial];
  };
  expect(await partial()).toEqual([['docs', 'web'], undefined]);
  expect(await partial('--exclude=docs.*')).toEqual([['web'], true]);
  expect(await partial('--file=web.Dockerfile')).toEqual([['web'], true]);
});

test('a base that changed limits a run to what stands on it, and what follows it is not current as it was', async () => {
  site = await openFleet([{ name: 'golden' }, { name: 'web', on: 'golden' }, { name: 'docs' }]);
  const names = async (base: string, output: string) => {
    const { stdout, stderr } = await site.bir([
      ...['check', '--format=json', `--output-dir=${output}`, `--changed-base=${base}`],
    ]);
    const warns = stderr.includes(`${base}: no image is known to be built on it, so nothing was looked at for it`);
    expect(warns).toBe(base === 'debian:12');
    return JSON.parse(stdout).images.map(({ name }: { name: string }) => name);
  };
  const all = await Promise.all([
    names(`${site.repository('golden')}:1`, 'a'),
    names(`${site.registry.host}/library/base:1@${site.old.get('web')}`, 'b'),
    names('debian:12', 'c'),
  ]);
  expect(all).toEqual([['web'], ['docs', 'golden', 'web'], []]);

  await site.bir(['plan', '--output-dir=out/plan']);
  const run: RunFile = JSON.parse(readFileSync(join(site.folder, 'out/plan/run.json'), 'utf8'));
  expect(run.images.map(({ name, verdict }) => [name, verdict])).toContainEqual(['web', 'current']);
  const plan: RefreshReport = JSON.parse(readFileSync(join(site.folder, 'out/plan/report.json'), 'utf8'));
  const forge = (shard: string, name: string) => {
    const folder = join(site.folder, 'out/legs', shard.replace('/', '-'));
    mkdirSync(folder, { recursive: true });
    const images = plan.images.filter((image) => image.name === name);
    const forged = { ...plan, command: 'refresh', dryRun: false, run: { id: run.id, shard }, images };
    writeFileSync(join(folder, 'report.json'), JSON.stringify(forged));
  };
  const legOf = (name: string) => run.legs.find(({ images }) => images.includes(name))?.id ?? '';
  await leg(legOf('golden'));
  forge(legOf('web'), 'web');
  const forged = await report();
  const said = (name: string) => forged.merged.images.find((image) => image.name === name)?.failure?.detail;
  expect([forged.code, said('golden'), said('web')]).toEqual([
    3,
    undefined,
    'names the same as when the run was planned, while its base golden names another image since, and its leg reports it as current',
  ]);
  // Where the base came out as it was, so is what stands on it.
  const { store } = site.registry;
  const old = store.manifest('fleet/golden', site.old.get('golden') ?? '');
  store.putManifest('fleet/golden', old?.bytes ?? Buffer.of(), { mediaType: old?.mediaType ?? '', tag: '1' });
  const calm = await report();
  expect(calm.merged.images.find(({ name }) => name === 'web')).toMatchObject({ verdict: 'current' });
  expect(calm.lines.web).toBe('');
});
