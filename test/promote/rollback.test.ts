import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Digest } from '../../core/oci/digest.ts';
import { formatReference } from '../../core/oci/reference.ts';
import { savePromotion } from '../../core/promote/record.ts';
import type { Promotion } from '../../core/promote.ts';
import { serialise } from '../../core/report/json.ts';
import { readPromotions } from '../../core/report/saved-promotions.ts';
import { run } from '../../core/run.ts';
import { createWorld } from '../../core/world.ts';
import { makeImage, makeIndex, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { at } from '../registry/harness.ts';
import { recordInRegistry } from '../support/promotion-records.ts';
import { createRecordingHost } from '../support/run.ts';
import { sampleImage, sampleReport } from '../support/sample-report.ts';

let server: TestRegistry;
let folder: string;
const world = createWorld();
beforeEach(async () => {
  server = await startRegistry();
  folder = await mkdtemp(join(tmpdir(), 'rollback-test-'));
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const output = () => join(folder, 'out');
const tagged = (tag: string) => server.store.digestOf('team/web', tag);

async function push(content: string, ...tags: readonly string[]): Promise<Digest> {
  const image = makeIndex([makeImage({ layers: [await makeLayer({ content })] })]);
  for (const tag of tags) await pushImage(server.store, 'team/web', image, tag);
  return image.descriptor.digest;
}

async function record(digest: Digest, previous: Readonly<Record<string, Digest | null>>, second = 0) {
  const tags = Object.entries(previous).map(([tag, was]) => ({
    reference: at(server, 'team/web', tag),
    ...(was === null ? {} : { previous: was }),
  }));
  const promotion: Promotion = { digest, tags, referrers: 0 };
  const now = () => new Date(Date.UTC(2026, 10, 21, 9, 30, second));
  await savePromotion({ ...world, now }, output(), promotion, 'web');
  for (const was of new Set(Object.values(previous))) {
    if (was !== null && server.store.manifest('team/web', was) !== undefined)
      await recordInRegistry(server, 'team/web', was);
  }
}

/** `1` and `latest` promoted from old to new, with a record. */
async function promoted() {
  const old = await push('old', '1', 'latest');
  const fresh = await push('new', '1', 'latest');
  await record(fresh, { 1: old, latest: old });
  server.forgetRequests();
  return { old, fresh };
}

async function rollback(inputs: Readonly<Record<string, string>> = {}, tag = '1') {
  const host = createRecordingHost({
    command: 'rollback',
    image: `${server.host}/team/web:${tag}`,
    'output-dir': output(),
    ...inputs,
  });
  const conclusion = await run(host, { ...world, cwd: folder, env: { HOME: folder } });
  const errors = host.lines.filter(({ level }) => level === 'error').map(({ message }) => message);
  return { conclusion, errors, printed: host.printed.join('\n') };
}

test('puts every tag of the last promotion back, last first, and says so', async () => {
  const { old, fresh } = await promoted();
  const { conclusion, printed } = await rollback();
  expect(conclusion).toBe('succeeded');
  expect([tagged('1'), tagged('latest')]).toEqual([old, old]);
  expect(printed).toContain('Undoing the promotion of 2026-11-21T09:30:00.000Z, which put ');
  expect(printed).toContain(`${server.host}/team/web:1 names ${old} again, named ${fresh}`);
  const manifests = server.writes().filter(({ path }) => path.includes('/manifests/'));
  expect(manifests.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'PUT /v2/team/web/manifests/latest',
    'PUT /v2/team/web/manifests/1',
    `PUT /v2/team/web/manifests/bir-r1-${old.slice('sha256:'.length)}`,
  ]);
});

test('does nothing when it is run again, whatever older promotions are on record', async () => {
  const { old } = await promoted();
  const oldest = await push('oldest');
  await record(old, { 1: oldest, latest: oldest }, -60);
  await rollback();
  server.forgetRequests();
  const { conclusion, printed } = await rollback();
  expect(conclusion).toBe('succeeded');
  expect(printed).toContain(`names ${old} already`);
  expect(server.writes()).toEqual([]);
});

test('writes nothing in a dry run, and prints one document', async () => {
  const { old, fresh } = await promoted();
  const { printed } = await rollback({ 'dry-run': 'true', format: 'json' });
  expect(JSON.parse(printed)).toEqual({
    schemaVersion: 1,
    dryRun: true,
    by: 'record',
    promotion: { digest: fresh, at: '2026-11-21T09:30:00.000Z' },
    tags: ['1', 'latest'].map((tag) => {
      return { reference: `${server.host}/team/web:${tag}`, state: 'restored', from: fresh, to: old };
    }),
  });
  expect(server.writes()).toEqual([]);
});

test('refuses where one tag was moved since, and restores it only by force', async () => {
  const { old, fresh } = await promoted();
  const theirs = await push('theirs', 'latest');
  const refused = await rollback();
  expect(refused.conclusion).toBe('incomplete');
  expect(refused.errors).toEqual([
    `${server.host}/team/web:latest: names ${theirs}, and the last promotion put ${fresh} there: somebody moved it since; look at what is there, or go back all the same with --force.`,
  ]);
  expect([tagged('1'), tagged('latest')]).toEqual([fresh, theirs]);
  expect((await rollback({}, 'latest')).errors).toEqual(refused.errors);
  expect((await rollback({ force: 'true' })).conclusion).toBe('succeeded');
  expect([tagged('1'), tagged('latest')]).toEqual([old, old]);
});

test('undoes half of a promotion whose run was killed', async () => {
  const { old, fresh } = await promoted();
  await push('old', 'latest');
  expect((await rollback({}, 'latest')).conclusion).toBe('succeeded');
  expect(fresh).not.toBe(old);
  expect([tagged('1'), tagged('latest')]).toEqual([old, old]);
});

test('passes over the record of a run that lost a race', async () => {
  const { old } = await promoted();
  await record(await push('lost'), { 1: old, latest: old }, 5);
  await rollback();
  expect([tagged('1'), tagged('latest')]).toEqual([old, old]);
});

test('leaves a tag that the promotion made, and has nothing to do where it made all', async () => {
  const old = await push('old', '1');
  const fresh = await push('new', '1', 'latest');
  await record(fresh, { 1: old, latest: null });
  const { printed } = await rollback();
  expect([tagged('1'), tagged('latest')]).toEqual([old, fresh]);
  expect(printed).toContain(`${server.host}/team/web:latest did not exist before, and stays as it is`);
  const newest = await push('newest', 'first');
  await record(newest, { first: null });
  const { conclusion, errors } = await rollback({}, 'first');
  expect(conclusion).toBe('usage-error');
  expect(errors).toEqual([
    `${server.host}/team/web:first: did not exist before its promotion, so there is nothing to go back to.`,
  ]);
});

test('goes by the rollback tag where there is no record, and asks for one where there is neither', async () => {
  const old = await push('old', '1-previous');
  await recordInRegistry(server, 'team/web', old);
  const fresh = await push('new', '1');
  const without = await rollback();
  expect(without.conclusion).toBe('usage-error');
  expect(without.errors).toEqual([
    `${server.host}/team/web:1: no record shows a promotion of it; name the --output-dir of the run that promoted it, and the release tag.`,
  ]);
  const missing = await rollback({ 'rollback-tag': 'was-{tag}' });
  expect(missing.errors[0]).toContain(`, and ${server.host}/team/web:was-1 does not exist; `);
  expect(tagged('1')).toBe(fresh);
  const unproven = await rollback({ 'rollback-tag': '{tag}-previous' });
  expect(unproven.conclusion).toBe('usage-error');
  expect(unproven.errors[0]).toContain(`nothing shows that a promotion put ${fresh} there and not somebody else; `);
  expect(tagged('1')).toBe(fresh);
  const forced = await rollback({ 'rollback-tag': '{tag}-previous', force: 'true' });
  expect(forced.conclusion).toBe('succeeded');
  expect(tagged('1')).toBe(old);
  // A tag that is there already has nothing left to do, and needs no force for that.
  await push('old', '2', '2-previous');
  const there = await rollback({ 'rollback-tag': '{tag}-previous' }, '2');
  expect(there).toMatchObject({ conclusion: 'succeeded', errors: [] });
});

test('moves nothing where a platform of what was there has been cleaned away', async () => {
  const { old, fresh } = await promoted();
  const index = JSON.parse(server.store.manifest('team/web', old)?.bytes.toString() ?? '{}');
  server.store.deleteManifest('team/web', index.manifests[0].digest);
  const { conclusion, errors } = await rollback();
  expect(conclusion).toBe('incomplete');
  expect(errors[0]).toContain(`${server.host}/team/web@${old}: cannot go back to it: `);
  expect(tagged('1')).toBe(fresh);
});

test('asks the registry for what it goes back to, whatever an earlier run kept of it', async () => {
  const { old, fresh } = await promoted();
  const cache = { 'registry-cache': 'true' };
  expect((await rollback({ ...cache, 'dry-run': 'true' })).errors).toEqual([]);
  const index = JSON.parse(server.store.manifest('team/web', old)?.bytes.toString() ?? '{}');
  server.store.deleteManifest('team/web', index.manifests[0].digest);
  server.forgetRequests();
  expect((await rollback(cache)).errors[0]).toContain(`${server.host}/team/web@${old}: cannot go back to it: `);
  expect(server.writes()).toEqual([]);
  expect(tagged('1')).toBe(fresh);
});

test('a rollback that fails in the middle leaves what it found', async () => {
  const { fresh } = await promoted();
  server.inject({ method: 'PUT', path: '/v2/team/web/manifests/1', effect: { kind: 'status', status: 403 } });
  expect((await rollback()).conclusion).toBe('incomplete');
  expect([tagged('1'), tagged('latest')]).toEqual([fresh, fresh]);
});

test('knows a promotion from report.json too, which a pipeline keeps when the machine is gone', async () => {
  const old = await push('old', '1');
  const fresh = await push('new', '1');
  await recordInRegistry(server, 'team/web', old);
  const tags = [{ reference: `${server.host}/team/web:1`, previous: old }];
  const report = sampleReport({ images: [sampleImage({ promotion: { digest: fresh, tags } })] });
  await mkdir(output());
  await writeFile(join(output(), 'report.json'), serialise(report));
  expect((await rollback()).conclusion).toBe('succeeded');
  expect(tagged('1')).toBe(old);
});

test('records survive their like and whatever else lies beside them', async () => {
  const { old, fresh } = await promoted();
  await record(fresh, { 1: old }, 1);
  await mkdir(join(output(), 'promotions'), { recursive: true });
  await writeFile(join(output(), 'promotions', 'cut.json'), '{"schemaVersion":1,"at":"2026');
  await writeFile(join(output(), 'promotions', 'other.json'), '{"schemaVersion":2}');
  await writeFile(join(output(), 'report.json'), 'no report');
  const names = await readdir(join(output(), 'promotions'));
  expect(names).toHaveLength(4);
  // By its time, which a folder then lists in order.
  expect(names.filter((name) => /^20\d{12}-[0-9a-f]{8}\.json$/.test(name))).toHaveLength(2);
  const found = (await readPromotions(world, output())).records;
  expect(found.map((entry) => entry.at.slice(17, 19))).toEqual(['01', '00']);
});

test('of two promotions of one moment, its own record comes before the report', async () => {
  const { old, fresh } = await promoted();
  const at = '2026-11-21T09:30:00.000Z';
  const tags = [{ reference: `${server.host}/team/web:1`, previous: old }];
  const report = sampleReport({ finishedAt: at, images: [sampleImage({ promotion: { digest: fresh, tags } })] });
  await writeFile(join(output(), 'report.json'), serialise(report));
  const found = (await readPromotions(world, output())).records;
  expect(found.map((each) => [each.at, each.tags.length])).toEqual([
    [at, 2],
    [at, 1],
  ]);
});

test('a tag that is not there is no tag to go back from, by a digest either', async () => {
  const { old } = await promoted();
  const { conclusion, errors } = await rollback({}, `gone@${old}`);
  expect(conclusion).toBe('incomplete');
  expect(errors).toEqual([`${server.host}/team/web:gone: there is no such tag; check its name.`]);
});

test('needs nothing but the registry, on whatever machine', async () => {
  const old = await push('old', '1');
  await recordInRegistry(server, 'team/web', old);
  const fresh = await push('new', '1', 'latest');
  const tags = [{ reference: `${server.host}/team/web:1`, previous: old }];
  await recordInRegistry(server, 'team/web', fresh, { tags, at: '2026-11-21T09:30:00.000Z' });
  const { conclusion, printed } = await rollback();
  expect(conclusion).toBe('succeeded');
  expect(printed).toContain('Undoing the promotion of 2026-11-21T09:30:00.000Z');
  expect(tagged('1')).toBe(old);
});

test('does nothing when it is run again on another machine, and can be repeated after the next promotion', async () => {
  const release = at(server, 'team/web', '1');
  const oldest = await push('oldest', '1');
  await recordInRegistry(server, 'team/web', oldest);
  const old = await push('old', '1');
  await recordInRegistry(server, 'team/web', old, {
    tags: [{ reference: formatReference(release), previous: oldest }],
  });
  const fresh = await push('new', '1');
  await recordInRegistry(server, 'team/web', fresh, { tags: [{ reference: formatReference(release), previous: old }] });
  await rollback();
  expect(tagged('1')).toBe(old);
  expect((await rollback()).printed).toContain(`names ${old} already`);
  expect(tagged('1')).toBe(old);
  await recordInRegistry(server, 'team/web', old, {
    at: new Date(Date.now() + 1000).toISOString(),
    tags: [{ reference: formatReference(release), previous: oldest }],
  });
  expect(await rollback()).toMatchObject({ conclusion: 'succeeded', errors: [] });
  expect(tagged('1')).toBe(oldest);
});

test.each([
  ['stays where only the record of the first names it', false],
  ['is put back too where its own repository has the same record', true],
])('a tag in another repository %s', async (_, isRecordedThere) => {
  const images = await Promise.all(
    ['old', 'new'].map(async (content) => makeIndex([makeImage({ layers: [await makeLayer({ content })] })])),
  );
  for (const repository of ['team/web', 'team/other']) {
    for (const image of images) await pushImage(server.store, repository, image, '1');
  }
  const [old, fresh] = images.map(({ descriptor }) => descriptor.digest);
  if (old === undefined || fresh === undefined) throw new Error('nothing was pushed');
  for (const repository of ['team/web', 'team/other']) await recordInRegistry(server, repository, old);
  const tags = ['team/web', 'team/other'].map((repository) => ({
    reference: `${server.host}/${repository}:1`,
    previous: old,
  }));
  await recordInRegistry(server, 'team/web', fresh, { tags });
  await recordInRegistry(server, 'team/other', fresh, isRecordedThere ? { tags } : {});
  expect((await rollback()).conclusion).toBe('succeeded');
  expect(tagged('1')).toBe(old);
  expect(server.store.digestOf('team/other', '1')).toBe(isRecordedThere ? old : fresh);
});

describe('what no gate is known to have seen', () => {
  async function unseen() {
    const old = await push('old', '1', 'latest');
    const fresh = await push('new', '1', 'latest');
    const tags = ['1', 'latest'].map((tag) => ({ reference: at(server, 'team/web', tag), previous: old }));
    await savePromotion(world, output(), { digest: fresh, tags, referrers: 0 }, 'web');
    return { old, fresh };
  }

  test.each([{}, { force: 'true' }])('is not gone back to on the word of a file (%j)', async (inputs) => {
    const { old, fresh } = await unseen();
    const { conclusion, errors } = await rollback(inputs);
    expect(conclusion).toBe('usage-error');
    const exact = `${server.host}/team/web:1@${old}`;
    expect(errors).toEqual([
      `${exact}: is not gone back to: no record in ${server.host}/team/web says that ${old} passed a gate and was promoted; look at it, and name it with --force to go back to it all the same: rollback ${exact}.`,
    ]);
    expect([tagged('1'), tagged('latest')]).toEqual([fresh, fresh]);
  });

  test('is gone back to where the run names it by digest and forces it, and the document says so', async () => {
    const { old, fresh } = await unseen();
    const tag = `1@${old}`;
    expect((await rollback({}, tag)).conclusion).toBe('usage-error');
    const { conclusion, printed } = await rollback({ force: 'true', format: 'json' }, tag);
    expect(conclusion).toBe('succeeded');
    expect(JSON.parse(printed)).toMatchObject({
      by: 'digest',
      unproven: [`no record in ${server.host}/team/web says that ${old} passed a gate and was promoted`],
      tags: [{ state: 'restored', from: fresh, to: old }],
    });
    expect([tagged('1'), tagged('latest')]).toEqual([old, fresh]);
  });

  test.each([
    ['of another digest', { digest: `sha256:${'1'.repeat(64)}` as Digest }],
    ['of a gate that said no', { gate: { verdict: 'fail', scanner: 'trivy 1' } } as object],
  ])('stays unseen beside a record %s', async (_, more) => {
    const { old } = await unseen();
    await recordInRegistry(server, 'team/web', old, more);
    expect((await rollback()).errors[0]).toContain('is not gone back to: no record in');
  });
});

test('an earlier promotion is gone back to by its digest, without force', async () => {
  const { old } = await promoted();
  const { conclusion, printed } = await rollback({}, `1@${old}`);
  expect(conclusion).toBe('succeeded');
  expect(printed).not.toContain('Forced');
  expect(tagged('1')).toBe(old);
});

test('a record names its image as its subject only where the registry lists referrers itself', async () => {
  const digest = await push('old', '1');
  const subject = async () => {
    const { place } = await recordInRegistry(server, 'team/web', digest);
    return JSON.parse(server.store.manifest('team/web', place.digest)?.bytes.toString() ?? '{}').subject?.digest;
  };
  expect(await subject()).toBe(digest);
  server.inject({
    method: 'GET',
    path: `/v2/team/web/referrers/${digest}`,
    effect: { kind: 'status', status: 404 },
    times: 9,
  });
  expect(await subject()).toBeUndefined();
  expect(server.store.digestOf('team/web', digest.replace(':', '-'))).toBeUndefined();
});
