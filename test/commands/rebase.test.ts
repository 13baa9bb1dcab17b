import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { annotationKeys } from '../../core/oci/manifest.ts';
import type { RefreshReport } from '../../core/report/report.ts';
import { run } from '../../core/run.ts';
import { createWorld } from '../../core/world.ts';
import { debianBase } from '../../testing/debian.ts';
import { type Image, makeImage, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { recordingHost } from '../hosts/recording-host.ts';
import { repository } from '../hosts/repository.ts';

let server: TestRegistry;
let v1: Image;
let v2: Image;
let old: string;
beforeEach(async () => {
  server = await startRegistry();
  [v1, v2] = await Promise.all([debianBase('v1'), debianBase('v2')]);
  old = (await pushImage(server.store, 'library/debian', v1, '12')).digest;
  await pushImage(server.store, 'library/debian', v2, '12');
  await publish({});
});
afterEach(() => server.close());

const named = () => ({
  'org.opencontainers.image.base.name': `${server.host}/library/debian:12`,
  'org.opencontainers.image.base.digest': old,
});

async function publish({ annotations = named() as Readonly<Record<string, string>>, path = 'srv/app' }) {
  const image = makeImage({
    base: v1,
    layers: [await makeLayer({ 'srv/': { directory: true }, [path]: 'app' })],
    annotations,
  });
  await pushImage(server.store, 'acme/web', image, '1');
}

const sarif = (severity: string) =>
  JSON.stringify({
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'anyscan', version: '7', rules: [{ id: 'CVE-1999-1' }] } },
        results: [
          {
            ruleId: 'CVE-2026-1',
            level: 'error',
            message: {
              text: `Package: openssl\nInstalled Version: 3.0.20\nFixed Version: 3.0.22\nSeverity: ${severity}`,
            },
          },
        ],
      },
    ],
  });

/** Rebases the image with a scanner that always finds the same. */
async function rebase(inputs: Readonly<Record<string, string>> = {}, severity = 'LOW', rules = '', files = {}) {
  const root = repository(files);
  const scanner = `scanner: { tool: command, command: [node, -p, '${JSON.stringify(sarif(severity))}', '{image}'], format: sarif }`;
  writeFileSync(join(root, '.base-image-refresh.yml'), `${scanner}\n${rules}\n`);
  const world = createWorld({ cwd: root });
  const image = `${server.host}/acme/web:1`;
  const host = recordingHost({
    command: 'rebase',
    image,
    'insecure-registry': server.host,
    allow: 'scanner-command',
    ...inputs,
  });
  const conclusion = await run(host, world);
  await world.close();
  const [said = [], warned = []] = ['error', 'warning'].map((wanted) =>
    host.logged.filter(({ level }) => level === wanted).map(({ message }) => message),
  );
  return { conclusion, said, warned, report: () => reportIn(root) };
}

function reportIn(root: string): RefreshReport {
  return JSON.parse(readFileSync(join(root, '.base-image-refresh/report.json'), 'utf8'));
}

function layersOf(tag: string): readonly string[] {
  const manifest = JSON.parse(server.store.manifest('acme/web', tag)?.bytes.toString() ?? '{}');
  return manifest.layers.map(({ digest }: { readonly digest: string }) => digest);
}

const bottom = (image: Image) => image.layers[0]?.descriptor.digest;

describe('rebase', () => {
  test('moves the release tag to the image on its new base, once it has passed the gate', async () => {
    const { conclusion, report } = await rebase();
    expect(conclusion).toBe('succeeded');
    expect(layersOf('1')[0]).toBe(bottom(v2));
    const [image] = report().images;
    expect(report().command).toBe('rebase');
    expect(image).toMatchObject({
      name: `${server.host}/acme/web:1`,
      dockerfile: '',
      verdict: 'stale',
      build: { engine: 'rebase', evidence: 'layers' },
      gate: { verdict: 'pass' },
      promotion: { digest: server.store.digestOf('acme/web', '1') },
    });
  });

  test('leaves the release tag alone where the gate says no', async () => {
    const { conclusion } = await rebase({}, 'CRITICAL');
    expect(conclusion).toBe('policy-failed');
    expect(layersOf('1')[0]).toBe(bottom(v1));
  });

  test('has nothing to do for an image on the current version of its base', async () => {
    await rebase();
    const digest = server.store.digestOf('acme/web', '1');
    const { conclusion, report } = await rebase();
    expect([conclusion, report().images[0]?.plan?.action]).toEqual(['succeeded', 'skip']);
    expect(server.store.digestOf('acme/web', '1')).toBe(digest);
  });

  test.each<[string, Readonly<Record<string, string>>, boolean]>([
    ['takes away what a killed run left', {}, false],
    ['leaves it where candidates are kept', { 'keep-candidates': 'true' }, true],
    ['leaves it in a dry run', { 'dry-run': 'true' }, true],
  ])('%s', async (_, inputs, isLeft) => {
    const { digest } = await pushImage(server.store, 'acme/web', v1, 'bir-1-20260101000000-0a1b2c3d');
    await pushImage(server.store, 'acme/web', v1, 'bir-1-20991231000000-0a1b2c3d');
    await rebase(inputs);
    const now = server.store.digestOf('acme/web', 'bir-1-20260101000000-0a1b2c3d');
    expect(now).toBe(isLeft ? digest : undefined);
    expect(server.store.digestOf('acme/web', 'bir-1-20991231000000-0a1b2c3d')).toBe(digest);
  });

  test('refuses what is bound to its base and names the file, unless it is forced', async () => {
    await publish({ path: 'var/lib/dpkg/status' });
    const refused = await rebase();
    expect(refused.conclusion).toBe('incomplete');
    expect(refused.said.join()).toContain('it touches var/lib/dpkg/status, which is of the package database');
    expect(layersOf('1')[0]).toBe(bottom(v1));
    const forced = await rebase({ rebase: 'force' });
    expect(forced.conclusion).toBe('succeeded');
    expect(forced.report().images[0]?.build?.notes).toContain(
      'the rebase was forced, though it is not proved equal to a build: layer 2 is bound to the old base: it touches var/lib/dpkg/status, which is of the package database (paths)',
    );
  });

  test('ends at the candidate where only that is wanted: nothing scanned, no tag moved', async () => {
    const { conclusion, report } = await rebase({ 'candidate-only': 'true' });
    expect(conclusion).toBe('succeeded');
    expect(layersOf('1')[0]).toBe(bottom(v1));
    const [image] = report().images;
    expect([image?.scan, image?.gate, image?.promotion]).toEqual([null, null, null]);
    const candidate = /:(bir-1-[^@]+)@/.exec(image?.build?.candidate ?? '')?.[1] ?? '';
    expect(layersOf(candidate)[0]).toBe(bottom(v2));
  });

  test('shows what it would do without a write', async () => {
    const before = server.writes().length;
    const { conclusion, report } = await rebase({ 'dry-run': 'true' });
    expect([conclusion, report().images[0]?.plan?.action]).toEqual(['succeeded', 'rebuild']);
    expect(server.writes().length).toBe(before);
  });

  test('takes from the user what the image does not say', async () => {
    await publish({ annotations: {} });
    const nameless = await rebase();
    expect([nameless.conclusion, nameless.said]).toEqual([
      'usage-error',
      [`${server.host}/acme/web:1: nothing says which base it was built on; name it with base.`],
    ]);
    const base = `${server.host}/library/debian:12`;
    const { conclusion } = await rebase({ base, 'old-base': `${server.host}/library/debian@${old}` });
    expect(conclusion).toBe('succeeded');
    expect(layersOf('1')[0]).toBe(bottom(v2));
  });

  const recorded = (...bases: readonly (readonly [reference: string, digest: string])[]) => ({
    [annotationKeys.bases]: JSON.stringify(bases.map(([reference, digest]) => ({ reference, digest }))),
  });

  test('finds the base in its own record: the one whose layers the image has, whatever else it was built from', async () => {
    const tools = await pushImage(
      server.store,
      'library/tools',
      makeImage({ layers: [await makeLayer({ t: 't' })] }),
      '1',
    );
    const debian = `${server.host}/library/debian:12`;
    await publish({ annotations: recorded([`${server.host}/library/tools:1`, tools.digest], [debian, old]) });
    const { conclusion, report } = await rebase();
    expect(conclusion).toBe('succeeded');
    expect(report().images[0]?.bases).toMatchObject([{ reference: debian, from: old, evidence: 'own-record' }]);
    expect(layersOf('1')[0]).toBe(bottom(v2));
  });

  test('finds none in a record that its layers do not bear out, and none in what is no reference', async () => {
    const debian = `${server.host}/library/debian:12`;
    await publish({ annotations: recorded([debian, v2.descriptor.digest], ['Not A Name', old]) });
    const { conclusion, said } = await rebase();
    expect([conclusion, said]).toEqual([
      'usage-error',
      [`${server.host}/acme/web:1: nothing says which base it was built on; name it with base.`],
    ]);
  });

  test('finds the base in the lock file of the folder', async () => {
    await publish({ annotations: {} });
    const debian = `${server.host}/library/debian:12`;
    const images = [{ image: `${server.host}/acme/web:1`, bases: [{ reference: debian, digest: old }] }];
    const lock = JSON.stringify({ schemaVersion: 1, images });
    const { conclusion, report } = await rebase({}, 'LOW', '', { 'base-images.lock.json': lock });
    expect(conclusion).toBe('succeeded');
    expect(report().images[0]?.bases).toMatchObject([{ reference: debian, from: old, evidence: 'layers' }]);
  });

  test('does not take a base that the image does not stand on', async () => {
    const old = await pushImage(server.store, 'library/debian', makeImage({ layers: [await makeLayer({ a: '1' })] }));
    const { conclusion, said } = await rebase({ 'old-base': `${server.host}/library/debian@${old.digest}` });
    expect(conclusion).toBe('incomplete');
    expect(said.join()).toContain('its layer 1 is not that of the base it is recorded to stand on');
  });

  test('does not believe a tag that has moved on since the image was built', async () => {
    const base = `${server.host}/library/debian:12`;
    const { conclusion, said } = await rebase({ base, 'old-base': base });
    expect(conclusion).toBe('incomplete');
    expect(said).toEqual([
      `${server.host}/acme/web:1: does not stand on ${base} as it is now: its layer 1 is not that of the base it is recorded to stand on; name the version that it was built on, by digest, with old-base.`,
    ]);
    expect(layersOf('1')[0]).toBe(bottom(v1));
  });

  test('is a usage error with an old base of another repository', async () => {
    const { conclusion, said } = await rebase({ 'old-base': 'alpine:3' });
    expect(conclusion).toBe('usage-error');
    expect(said).toEqual([
      `docker.io/library/alpine:3: is not a version of ${server.host}/library/debian:12; give an old-base of the same repository.`,
    ]);
  });

  test.each(['false', 'true'])('of an image that is not there, ends incomplete and reports it', async (only) => {
    const image = `${server.host}/acme/none:1`;
    const { conclusion, said, report } = await rebase({ image, 'candidate-only': only });
    expect([conclusion, said]).toEqual(['incomplete', [`${image}: there is no such image; check its name.`]]);
    const [reported] = report().images;
    expect(reported).toMatchObject({ name: image, verdict: 'unknown', bases: [], failure: { code: 'not-found' } });
    expect(report().totals).toMatchObject({ images: 1, unknown: 1, failed: 1 });
  });

  test('of an image that cannot be read, ends incomplete and reports it', async () => {
    server.inject({ path: '/v2/acme/web/manifests/1', effect: { kind: 'status', status: 403 } });
    const { conclusion, report } = await rebase();
    expect([conclusion, report().images[0]?.failure?.code]).toEqual(['incomplete', 'forbidden']);
  });

  test('warns of a rule of verify-base that counts for none of its bases, as refresh does', async () => {
    const rules = 'verify-base: [{ match: cgr.dev/**, tool: notation }]';
    const { warned } = await rebase({ 'dry-run': 'true' }, 'LOW', rules);
    expect(warned).toEqual([
      'verify-base cgr.dev/**: counts for no base of this run; check its pattern, and those before it',
    ]);
  });
});
