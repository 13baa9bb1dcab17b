import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { afterEach, expect, test } from 'vitest';
import type { RunFile } from '../../core/fleet/run-file.ts';
import type { RefreshReport } from '../../core/report/report.ts';
import { type FleetImage, type FleetSite, openFleet, tags } from '../fleet/site.ts';
import { useBundles } from '../hosts/bundles.ts';
import { randomFrom, seedFrom } from '../support/random.ts';

// FLEET_IMAGES=900 FLEET_SHARDS=300 FLEET_SEED=7 npx vitest run --project e2e test/e2e/fleet.e2e.test.ts
const asked = process.env.FLEET_SEED;
const own: Story = {
  count: Number(process.env.FLEET_IMAGES ?? 12),
  shards: Number(process.env.FLEET_SHARDS ?? 4),
  seed: Number(asked ?? 675_688),
  together: Number(process.env.FLEET_TOGETHER ?? 1),
};
// A story that can be repeated, leg by leg, and a short one that nobody has played, of legs side by side; or the one asked for.
const stories = asked === undefined ? [own, { count: 6, shards: 2, seed: seedFrom(undefined), together: 2 }] : [own];

interface Story {
  readonly count: number;
  readonly shards: number;
  readonly seed: number;
  /** Legs at once. */
  readonly together: number;
}

const patience = ({ count }: Story) => 120_000 + count * 20_000;

const bundles = useBundles();
let site: FleetSite;
afterEach(() => site.close());

/** A sixth of the images are built on the base, the others on one of these or on the base. */
function family(count: number): readonly FleetImage[] {
  const golden = Math.ceil(count / 6);
  return Array.from({ length: count }, (_, at) =>
    at < golden || at % 3 === 0 ? { name: `app-${at}` } : { name: `app-${at}`, on: `app-${at % golden}` },
  );
}

const output = (shard: string) => `legs/${shard.replace('/', '-of-')}`;

/** Runs a leg; with `requests` it is killed once the registry was asked so often by it or by others. */
async function leg(seed: number, shard: string, requests?: number): Promise<'ended' | 'killed'> {
  let kill = (): void => {};
  let asked = 0;
  const watch = site.registry.inject({
    when: () => {
      asked += 1;
      if (asked === requests) kill();
      return false;
    },
    effect: { kind: 'delay', milliseconds: 0 },
  });
  const args = ['refresh', '--run=plan/run.json', `--shard=${shard}`, `--output-dir=${output(shard)}`];
  const ended = await site.start(bundles().cli, args, (end) => {
    kill = () => end('SIGKILL');
  });
  watch.remove();
  if (ended.code === null) return 'killed';
  expect(ended.code, `seed ${seed}, leg ${shard}: ${ended.stderr}`).toBe(0);
  return 'ended';
}

async function merged(): Promise<{ readonly code: number | null; readonly report: RefreshReport }> {
  const { code } = await site.bir(['report', 'plan', 'legs', '--output-dir=merged']);
  return { code, report: JSON.parse(readFileSync(join(site.folder, 'merged/report.json'), 'utf8')) };
}

/** Every digest that a record says was promoted, by image. */
function promotedOf(name: string): readonly string[] {
  const records = site.registry.store.tags(`fleet/${name}`).filter((tag) => tag.startsWith('bir-p1-'));
  return records.map((tag) => `sha256:${tag.slice('bir-p1-'.length)}`);
}

/** What must hold at any moment: both tags name the old image or one that has a record and was scanned as that digest. */
function faults(): readonly string[] {
  return site.images.flatMap(({ name }) =>
    tags.flatMap((tag) => {
      const digest = site.released(name, tag);
      if (digest === undefined) return [`${name}:${tag} is gone`];
      if (digest === site.old.get(name)) return [];
      if (!promotedOf(name).includes(digest)) return [`${name}:${tag} has no record`];
      return site.wasScanned(name, digest) ? [] : [`${name}:${tag} was not scanned`];
    }),
  );
}

for (const story of stories) {
  const { count, shards, seed, together } = story;
  const name = `FLEET_IMAGES=${count} FLEET_SHARDS=${shards} FLEET_SEED=${seed} FLEET_TOGETHER=${together}`;
  test(`legs that are killed: no image lost, none made twice, none ungated (${name})`, {
    timeout: patience(story),
  }, async () => {
    site = await openFleet(family(count), { build: { attempts: 20 } });
    const random = randomFrom(seed);
    const planned = await site.bir(['plan', '--output-dir=plan', `--shards=${shards}`]);
    expect(planned.code, planned.stderr).toBe(0);
    const run: RunFile = JSON.parse(readFileSync(join(site.folder, 'plan/run.json'), 'utf8'));
    expect(run.totals).toEqual({ planned: count, current: 0, unknown: 0, held: 0 });
    const found = { kills: 0, missing: 0 };
    const limit = pLimit(together);
    for (const level of [1, 2]) {
      const legs = run.legs.filter((one) => one.level === level);
      const moments = legs.map(() => Array.from({ length: 2 }, () => 5 + Math.floor(random() * 400)));
      await Promise.all(
        legs.map(({ id }, at) =>
          limit(async () => {
            for (const requests of moments[at] ?? []) {
              if ((await leg(seed, id, requests)) === 'ended') return;
              found.kills += 1;
              expect(faults(), `seed ${seed}, leg ${id} at ${requests}`).toEqual([]);
            }
          }),
        ),
      );
      // Who was killed twice left nothing: the report says so, or goes by the record of the promotion.
      const { code, report } = await merged();
      const lost = report.images.filter(({ failure }) => failure?.code === 'stopped');
      found.missing += lost.length;
      // A kill between two tags leaves them apart, which is said.
      const words = /^leg \d+\/\d+ left nothing(?:, and \S+ does not name what it promoted)?$/;
      for (const { failure } of lost) expect(failure?.detail).toMatch(words);
      if (level === 1) expect(code).toBe(3);
      await Promise.all(legs.map(({ id }) => limit(() => leg(seed, id))));
    }
    const { code, report } = await merged();
    console.log(`${run.legs.length} legs of ${count} images at seed ${seed}: ${JSON.stringify(found)}`);
    expect(faults()).toEqual([]);
    for (const { name } of site.images) {
      const digest = site.released(name);
      expect(digest, name).not.toBe(site.old.get(name));
      expect(
        tags.map((tag) => site.released(name, tag)),
        name,
      ).toEqual([digest, digest]);
      expect(promotedOf(name), `seed ${seed}: ${name} was made twice`).toEqual([digest]);
    }
    expect(report.images.map(({ name }) => name).toSorted()).toEqual(site.images.map(({ name }) => name).toSorted());
    expect([code, report.totals.failed, report.totals.held]).toEqual([0, 0, 0]);
  });
}
