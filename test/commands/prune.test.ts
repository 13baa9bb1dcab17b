import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { annotationKeys, mediaTypes } from '../../core/oci/manifest.ts';
import type { PruneDocument } from '../../core/report/pruned.ts';
import { run } from '../../core/run.ts';
import { createFiles } from '../../core/world/files.ts';
import { processTable } from '../../core/world/processes.ts';
import { ownerFile, temporaryPrefix } from '../../core/world/temporary.ts';
import { createWorld } from '../../core/world.ts';
import { type Image, makeImage, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { recordingHost } from '../hosts/recording-host.ts';
import { repository } from '../hosts/repository.ts';

const now = new Date('2026-11-30T12:00:00Z');
const old = 'bir-1-20261129115959-0a1b2c3d';
const older = 'bir-1.2-rc.1-20250101000000-ffffffff';
const kept = [
  'bir-1-20261129120001-0a1b2c3d',
  'bir-1-20991231235959-0a1b2c3d',
  'bir-1-20260230000000-0a1b2c3d',
  'bir-1-20261129115959',
  'bir-20261129115959-0a1b2c3d',
  'x-bir-1-20261129115959-0a1b2c3d',
  'bir-key-0a1b2c3d4e5f',
  '1',
] as const;

let server: TestRegistry;
let image: Image;
let temporary: string;
beforeEach(async () => {
  server = await startRegistry();
  image = makeImage({ layers: [await makeLayer({ app: 'web' })] });
  for (const tag of [old, older, ...kept]) await pushImage(server.store, 'acme/web', image, tag);
  temporary = mkdtempSync(join(tmpdir(), 'prune-test-'));
});
afterEach(async () => {
  rmSync(temporary, { recursive: true, force: true });
  await server.close();
});

/** The temporary folder of a run that has ended, or of one in another container. */
function leave(name: string, space?: string): string {
  const folder = join(temporary, `${temporaryPrefix}${name}`);
  mkdirSync(folder);
  const owner = { ...processTable().self, started: '1', ...(space === undefined ? {} : { space }) };
  writeFileSync(join(folder, ownerFile), JSON.stringify(owner));
  writeFileSync(join(folder, 'config.json'), '{}');
  return folder;
}

/** A record under a tag, of a kind. */
function putRecord(tag: string, artifactType: string, annotation: string, record: object) {
  const { store } = server;
  const config = store.putBlob('acme/web', '{}', mediaTypes.ociEmpty);
  const annotations = { [annotation]: JSON.stringify({ schemaVersion: 1, ...record }) };
  const manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, artifactType, config, layers: [] };
  store.putManifest('acme/web', { ...manifest, annotations }, { tag });
}

/** The record of attempts at a build. */
function attempts(key = '', at = '', type = 'application/vnd.base-image-refresh.attempt.v1+json') {
  putRecord(`bir-k1-${key}`, type, annotationKeys.attempt, { key, image: 'web', at, failures: 1 });
}

/** The record of when a base was first seen. */
function firstSeen(key = '', at = '') {
  const record = { reference: 'docker.io/library/debian:12', digest: image.descriptor.digest, at };
  const type = 'application/vnd.base-image-refresh.first-seen.v1+json';
  putRecord(`bir-s1-${key}`, type, annotationKeys.firstSeen, record);
}

async function ask(inputs: Readonly<Record<string, string>>, kind: 'cli' | 'github' | 'azure' = 'cli') {
  const root = repository({ Dockerfile: 'FROM debian:12\n' });
  const real = createWorld({ cwd: root });
  const world = { ...real, files: createFiles(temporary).files, now: () => now };
  const printed: string[] = [];
  const given = { image: `${server.host}/acme/web:1`, format: 'json', path: root, ...inputs };
  const host = { ...recordingHost(given, kind), print: (text: string) => void printed.push(text) };
  const conclusion = await run(host, world);
  await real.close();
  return { conclusion, printed: printed.join('\n'), logged: host.logged };
}

async function prune(inputs: Readonly<Record<string, string>> = {}, kind?: 'cli' | 'github' | 'azure') {
  const { conclusion, printed } = await ask({ command: 'prune', ...inputs }, kind);
  const document: PruneDocument = JSON.parse(printed);
  const states = document.candidates.map(({ reference, state }) => [reference.split(':').at(-1), state]);
  return { conclusion, document, states, tags: [...server.store.tags('acme/web')].sort() };
}

const all = [old, older, ...kept].sort();

describe('prune', () => {
  test.each(['cli', 'github', 'azure'] as const)(
    'of %s lists what there is and removes nothing in a dry run',
    async (kind) => {
      const [dead, elsewhere] = [leave('dead'), leave('elsewhere', 'pid:[1]')];
      const { conclusion, document, states, tags } = await prune({ 'dry-run': 'true' }, kind);
      expect(conclusion).toBe('succeeded');
      expect(document.folders.map(({ path, state }) => [path, state])).toEqual([
        [dead, 'found'],
        [elsewhere, 'unknown'],
      ]);
      expect(states.sort()).toEqual([
        [old, 'found'],
        [older, 'found'],
      ]);
      expect(document.candidates.find(({ reference }) => reference.endsWith(old))?.made).toBe(
        '2026-11-29T11:59:59.000Z',
      );
      expect(tags).toEqual(all);
      expect(existsSync(dead)).toBe(true);
      expect(server.writes()).toEqual([]);
    },
  );

  const days = (count: number) => new Date(now.getTime() - count * 86_400_000).toISOString();

  test('removes records of builds that no run goes by any more, and nothing else of such a name', async () => {
    const [gone, fresh, foreign] = ['a', 'b', 'c'].map((letter) => letter.repeat(64));
    attempts(gone, days(31));
    attempts(fresh, days(29));
    attempts(foreign, days(31), 'application/vnd.example+json');
    const { states, tags } = await prune();
    expect(states).toContainEqual([`bir-k1-${gone}`, 'removed']);
    expect(tags.filter((tag) => tag.startsWith('bir-k1-'))).toEqual([`bir-k1-${fresh}`, `bir-k1-${foreign}`]);
    expect(tags).toEqual(expect.arrayContaining([...kept]));
  });

  test('removes records of when a base was first seen that no run goes by any more', async () => {
    const [gone, fresh] = ['a', 'b'].map((letter) => letter.repeat(64));
    firstSeen(gone, days(31));
    firstSeen(fresh, days(29));
    firstSeen('short', days(31));
    const { states, tags } = await prune();
    expect(states).toContainEqual([`bir-s1-${gone}`, 'removed']);
    expect(tags.filter((tag) => tag.startsWith('bir-s1-'))).toEqual([`bir-s1-${fresh}`, 'bir-s1-short']);
  });

  test('removes what is old, and nothing of which the age is not known', async () => {
    const [dead, elsewhere] = [leave('dead'), leave('elsewhere', 'pid:[1]')];
    const { conclusion, document, states, tags } = await prune();
    expect(conclusion).toBe('succeeded');
    expect(document.folders.map(({ state }) => state)).toEqual(['removed', 'unknown']);
    expect([dead, elsewhere].map((folder) => existsSync(folder))).toEqual([false, true]);
    expect(states.sort()).toEqual([
      [old, 'removed'],
      [older, 'removed'],
    ]);
    expect(tags).toEqual([...kept].sort());
    expect(server.store.digestOf('acme/web', '1')).toBe(image.descriptor.digest);
  });

  test('takes what is as old as it is told', async () => {
    const { tags } = await prune({ 'candidate-max-age': '1h' });
    expect(tags).not.toContain('bir-1-20261129120001-0a1b2c3d');
    expect(tags).toContain('bir-1-20991231235959-0a1b2c3d');
  });

  test('leaves a release tag alone, whatever it is called', async () => {
    const { tags } = await prune({ image: `${server.host}/acme/web:${old}` });
    expect(tags).toContain(old);
    expect(tags).not.toContain(older);
  });

  test('says what a registry does not remove', async () => {
    server.inject({ method: 'DELETE', effect: { kind: 'status', status: 405 } });
    const { conclusion, states, tags } = await prune();
    expect(conclusion).toBe('incomplete');
    expect(states.map(([, state]) => state)).toEqual(['left', 'left']);
    expect(tags).toEqual(all);
  });

  test('fails where tags cannot be listed, and still removes folders', async () => {
    const dead = leave('dead');
    server.inject({ path: /tags\/list/, effect: { kind: 'status', status: 403 } });
    const { conclusion, document } = await prune();
    expect(conclusion).toBe('incomplete');
    expect(document.failures).toMatchObject([{ code: 'forbidden' }]);
    expect(existsSync(dead)).toBe(false);
  });

  test('has nothing to do where nothing was published', async () => {
    expect(await prune({ image: `${server.host}/acme/new:1` })).toMatchObject({
      conclusion: 'succeeded',
      document: { candidates: [], failures: [] },
    });
  });

  test('prints a table', async () => {
    leave('dead');
    const { printed } = await ask({ command: 'prune', 'dry-run': 'true', format: 'table' });
    expect(printed).toContain('1 temporary folder and 2 candidate tags would be removed.');
    expect(printed).toMatch(/acme\/web:bir-1- +2026-11-29 11:59 UTC +to be removed/);
  });
});

test('every other run removes the folders of killed ones first', async () => {
  const dead = leave('dead');
  await ask({ command: 'detect' });
  expect(existsSync(dead)).toBe(false);
});

test('doctor tells of both, and removes neither', async () => {
  const dead = leave('dead');
  const { printed } = await ask({ command: 'doctor' });
  const findings = JSON.stringify(JSON.parse(printed));
  expect(findings).toContain(`${dead} left by killed runs, which can hold credentials`);
  expect(findings).toContain('has 2 candidate tags of earlier runs, such as ');
  expect(existsSync(dead)).toBe(true);
  expect([...server.store.tags('acme/web')].sort()).toEqual(all);
});
