import pLimit from 'p-limit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ReportedImage } from '../../core/report/report.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { warmProcesses } from '../hosts/again.ts';
import { useBundles } from '../hosts/bundles.ts';
import { type Bases, makeBases } from './images.ts';
import { openSite } from './open.ts';
import type { Row } from './row.ts';
import { runRow } from './run.ts';
import type { Seen } from './seen.ts';
import { imageNames, releaseTags, type Site } from './site.ts';

/** What is reported of the bases where the own record of an image says it. */
const recorded = ['tools current v1 v1 own-record', 'debian stale v1 v2 own-record'];
const patience = 240_000;

/** Runs every row of the stages as a process, two at a time, and holds what it leaves to what the row says. */
export function holdRows(stages: Readonly<Record<string, readonly Row[]>>): void {
  const bundles = useBundles();
  const limit = pLimit(2);
  const processes = warmProcesses();
  let registry: TestRegistry;
  let bases: Bases;
  beforeAll(async () => {
    registry = await startRegistry();
    bases = await makeBases();
  });
  afterAll(async () => {
    await processes.close();
    await registry.close();
  });

  describe.each(Object.entries(stages))('%s', (stage, rows) => {
    test.concurrent.each(rows.map((row) => [row.name, row] as const))(
      '%s',
      (_, row) =>
        limit(async () => {
          const prefix = `${stage} ${rows.indexOf(row)}`.toLowerCase().replace(/[^a-z0-9]+/g, '-');
          const site = await openSite(registry, bases, prefix, row);
          try {
            for (let next: Row | undefined = row; next !== undefined; next = next.again) {
              hold(next, await runRow(bundles(), processes, site, next));
            }
          } finally {
            site.close();
          }
        }),
      patience,
    );
  });
}

function hold(row: Row, seen: Seen): void {
  const { images, report, site } = seen;
  const ended = Object.fromEntries(imageNames.map((name) => [name, wordsOf(images[name])]));
  expect({ exit: seen.code, ...ended }, seen.outputs === undefined ? seen.stderr : seen.stdout).toEqual({
    exit: row.exit,
    ...row.images,
  });
  for (const name of imageNames) {
    expect(basesOf(site, images[name]), name).toEqual(row.bases?.[name] ?? recorded);
    expectTags(row, seen, name);
    const digest = images[name].promotion?.digest;
    if (digest !== undefined) expectContent(site, name, digest);
    expect(referrersOf(site, name, digest)).toEqual(row.referrers?.[name] ?? []);
  }
  if (seen.outputs === undefined && row.inputs?.matrix === undefined) expect(JSON.parse(seen.stdout)).toEqual(report);
  if (seen.outputs !== undefined) expectOutputs(seen, seen.outputs);
  if (row.says !== undefined) expect(seen.stdout + seen.stderr).toMatch(row.says);
  row.and?.(seen);
}

/** How far an image came: its verdict, the gate's, its tests', whether it was promoted, what failed. */
function wordsOf({ verdict, gate, validation, promotion, deployment, failure }: ReportedImage): string {
  const tests = validation === undefined || validation.verdict === 'pass' ? [] : [`tests ${validation.verdict}`];
  const gated = promotion === null ? [gate?.verdict ?? 'not gated', ...tests] : ['promoted'];
  return [verdict, ...gated, deployment?.verdict, failure?.code].filter((word) => word != null).join(' ');
}

function basesOf({ bases }: Site, image: ReportedImage): readonly string[] {
  return image.bases.map(({ reference, verdict, from, to, evidence }) => {
    const own = /\/([^/]+):[^/]+$/.exec(reference)?.[1] ?? reference;
    const known = Object.entries(bases[own as keyof Bases] ?? {});
    const version = (digest: string | null) =>
      digest === null ? 'none' : (known.find(([, { descriptor }]) => descriptor.digest === digest)?.[0] ?? 'other');
    return `${own} ${verdict} ${version(from)} ${version(to)} ${evidence ?? 'none'}`;
  });
}

// Both release tags name what the report says was promoted, which its record says too, or what they named before; no
// candidate stays.
function expectTags(row: Row, { site, images, before, report }: Seen, name: 'web' | 'api'): void {
  const { rollbackTags = [], lost = [] } = row;
  const { promotion } = images[name];
  const former = (tag: string) => before[`${name}:${tag}`];
  const standing = releaseTags.filter((tag) => !lost.includes(`${name}:${tag}`));
  for (const tag of standing) expect(site.digestOf(name, tag)).toBe(promotion?.digest ?? former(tag));
  const own = standing.filter((tag) => promotion !== null || former(tag) !== undefined);
  const tags = site.registry.store.tags(site.repository(name));
  const isRecord = (tag: string) => /^bir-[kp]1-/.test(tag);
  // What was made and held stays under the key of its build, and nothing else does.
  const isHeld = (tag: string) => promotion === null && /^bir-c1-[0-9a-f]{64}$/.test(tag);
  expect(tags.filter((tag) => !isRecord(tag) && !isHeld(tag))).toEqual(
    [...own, ...(promotion === null ? [] : rollbackTags)].sort(),
  );
  if (promotion === null) return;
  // One of the attempts at its build, and one of its promotion.
  const [attempts, ...promotions] = tags.filter(isRecord);
  expect(attempts).toMatch(/^bir-k1-[0-9a-f]{64}$/);
  expect(promotions).toEqual([`bir-p1-${promotion.digest.slice('sha256:'.length)}`]);
  expect(promotion.tags.map(({ reference, previous }) => [reference, previous])).toEqual(
    releaseTags.map((tag) => [`${site.name(name)}:${tag}`, former(tag) ?? null]),
  );
  expect(report.totals.promoted).toBeGreaterThan(0);
}

// Each platform stands on the base of now, with the image's own layer on top.
function expectContent({ registry: { store }, repository, bases }: Site, name: string, digest: string): void {
  const index = JSON.parse(store.manifest(repository(name), digest)?.bytes.toString() ?? '');
  const images = index.manifests.filter(({ platform }: { platform: { os: string } }) => platform.os === 'linux');
  const below = bases.debian.v2.entries.map((entry) => (entry.kind === 'manifest' ? entry.layers : []));
  expect(images).toHaveLength(below.length);
  for (const [at, entry] of images.entries()) {
    const { layers } = JSON.parse(store.manifest(repository(name), entry.digest)?.bytes.toString() ?? '');
    const digests = layers.map((layer: { digest: string }) => layer.digest);
    expect(digests.slice(0, -1)).toEqual(below[at]?.map(({ descriptor }) => descriptor.digest));
    for (const layer of digests) expect(store.blob(repository(name), layer)).toBeDefined();
  }
}

/** What is attached to an image, or with its number to a platform of it: what the layer is. */
function referrersOf({ registry: { store }, repository }: Site, name: string, digest: string | undefined) {
  return (
    store
      .manifests(repository(name))
      .map(({ bytes }) => JSON.parse(bytes.toString()))
      .filter(({ subject }) => subject !== undefined && subject.digest === digest)
      // The record of the promotion is held by its tag.
      .filter(({ artifactType }) => artifactType !== 'application/vnd.base-image-refresh.promotion.v1+json')
      .map(({ artifactType, layers: [layer] }) => wordOf(artifactType, store.blob(repository(name), layer.digest)))
      .sort()
  );
}

function wordOf(artifactType: string, layer: Buffer | undefined): string {
  const { dsseEnvelope, predicateType, what } = JSON.parse(layer?.toString() ?? '{}');
  const payload = dsseEnvelope === undefined ? undefined : Buffer.from(dsseEnvelope.payload, 'base64').toString();
  return what ?? predicateType ?? (payload === undefined ? artifactType : JSON.parse(payload).predicateType);
}

function expectOutputs({ report, images, stdout, site }: Seen, outputs: Readonly<Record<string, string>>): void {
  const both = imageNames.map((name) => images[name]);
  const stale = both.filter(({ verdict }) => verdict === 'stale').length;
  const promoted = both.flatMap(({ promotion }) => promotion?.tags.map(({ reference }) => reference) ?? []);
  const isOpen = both.some(({ verdict }) => ['unknown', 'unrecorded', 'lacks-platform'].includes(verdict));
  const word = stale > 0 ? 'true' : isOpen ? 'unknown' : 'false';
  expect(outputs).toMatchObject({ stale: word, 'stale-count': String(stale) });
  expect(JSON.parse(outputs.refreshed ?? '').sort()).toEqual(promoted.sort());
  expect(JSON.parse(outputs.images ?? '')).toHaveLength(2);
  expect(outputs.report).toBe(`${site.root}/out/report.json`);
  const verdicts = both.map(({ gate }) => gate?.verdict);
  const worst = ['inconclusive', 'fail', 'pass'].find((verdict) => verdicts.some((each) => each === verdict));
  expect(outputs.gate).toBe(worst ?? '');
  // What people read in the log of a step is not only what went wrong.
  for (const { promotion, name } of both) {
    for (const { reference } of promotion?.tags ?? []) {
      expect(stdout.split('\n')).toContain(`${name}: ${reference} is now ${promotion?.digest}`);
    }
  }
  expect(report.images).toHaveLength(2);
}
