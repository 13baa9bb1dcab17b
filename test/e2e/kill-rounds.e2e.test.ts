import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { useBundles } from '../hosts/bundles.ts';
import { randomFrom, seedFrom } from '../support/random.ts';
import { type RebaseSite, releaseTags, repositories, startRebaseSite } from './setup/rebase-site.ts';
import { type Kill, type Ran, run } from './setup/run.ts';

// KILL_ROUNDS=100 npx vitest run test/e2e/kill-rounds: as many kills, spread over all requests of the promotion.
const rounds = Number(process.env.KILL_ROUNDS ?? 24);
const races = Math.ceil(rounds / 10);
const lanes = 2;
// The same seed kills at the same requests again: KILL_SEED=1234
const seed = seedFrom(process.env.KILL_SEED);

const bundles = useBundles();
const sites: RebaseSite[] = [];
beforeAll(async () => {
  for (let lane = 0; lane < lanes; lane++) sites.push(await startRebaseSite());
});
afterAll(() => Promise.all(sites.map((site) => site.stop())));

function refresh({ folder }: RebaseSite, output: string, onStart: (kill: Kill) => void = () => {}): Promise<Ran> {
  const args = [bundles().cli, 'refresh', '--allow', 'scanner-command', '--output-dir', join(folder, output)];
  return run(process.execPath, args, { cwd: folder, env: { PATH: process.env.PATH ?? '', HOME: folder }, onStart });
}

/** What every release tag names. */
function releases(site: RebaseSite) {
  return repositories.flatMap((repository) =>
    releaseTags.map((tag) => ({ repository, tag, digest: site.tagged(repository, tag) })),
  );
}

/** Why the release tags are not all at their old or at a new digest. */
function faults(site: RebaseSite): readonly string[] {
  return releases(site).flatMap(({ repository, tag, digest }) => {
    if (digest === undefined) return [`${repository}:${tag} is missing`];
    const fault = digest === site.old[repository] ? undefined : site.fault(repository, digest);
    return fault === undefined ? [] : [`${repository}:${tag}: ${fault}`];
  });
}

/** A run that is killed when the registry is asked for the n-th time, before that request arrives there or a little after. */
async function killedAt(
  site: RebaseSite,
  output: string,
  request: number,
  arrives: boolean,
  later: number,
): Promise<Ran> {
  let kill: Kill = () => {};
  let asked = 0;
  void site.gateway
    .hold(() => {
      asked += 1;
      if (asked === request && arrives) void delay(later).then(() => kill('SIGKILL'));
      return asked === request && !arrives;
    })
    .then(() => kill('SIGKILL'));
  const ran = await refresh(site, output, (started) => {
    kill = started;
  });
  site.gateway.release();
  return ran;
}

/** How many requests a whole run sends, and at which of them promotion begins. */
async function undisturbed(site: RebaseSite): Promise<{ readonly first: number; readonly last: number }> {
  site.reset();
  site.gateway.seen.splice(0);
  const ran = await refresh(site, 'undisturbed');
  expect(ran.code, ran.stderr).toBe(0);
  expect(releases(site).filter(({ repository, digest }) => digest === site.old[repository])).toEqual([]);
  const { seen } = site.gateway;
  const first = seen.findIndex(({ method, path }) => method === 'HEAD' && path.includes('/manifests/1-previous'));
  return { first: first === -1 ? 0 : first, last: seen.length };
}

describe('a promotion of two images that is killed', () => {
  test(`leaves every release tag at its old or new digest, ${rounds} times (seed ${seed})`, async () => {
    const [first] = sites;
    if (first === undefined) throw new Error('no site was started');
    const range = await undisturbed(first);
    expect(range.last - range.first).toBeGreaterThan(20);
    const random = randomFrom(seed);
    // One in each part of the promotion, so that none of its stages is left out, however few they are.
    const moments = Array.from({ length: rounds }, (_, at) => ({
      request: range.first + Math.floor(((at + random()) / rounds) * (range.last - range.first)),
      arrives: random() < 0.6,
      later: Math.floor(random() * 6),
    }));
    const found = { untouched: 0, between: 0, done: 0, undone: 0 };
    await Promise.all(
      sites.map(async (site, lane) => {
        for (const [at, { request, arrives, later }] of moments.entries()) {
          if (at % lanes !== lane) continue;
          const what = `seed ${seed}, round ${at}, request ${request}${arrives ? ` and ${later} ms` : ''}`;
          site.reset();
          await killedAt(site, `round-${at}`, request, arrives, later);
          expect(faults(site), what).toEqual([]);
          const moved = releases(site).filter(({ repository, digest }) => digest !== site.old[repository]);
          found[moved.length === 0 ? 'untouched' : moved.length === 4 ? 'done' : 'between'] += 1;
          // What a killed run had begun can be undone by the record that it left, or finished by the next run.
          const isUndone = moved.length > 0 && at % 3 === 0;
          if (isUndone) {
            await undone(site, `round-${at}`, moved, what);
            found.undone += 1;
          }
          // What was put back on purpose no run builds again of its own accord.
          await finished(site, `next-${at}`, what, isUndone);
        }
      }),
    );
    console.log(`killed ${rounds} runs at seed ${seed}: ${JSON.stringify(found)}`);
    expect(found.untouched).toBeGreaterThan(0);
    expect(found.between).toBeGreaterThan(0);
  }, 400_000);
});

async function undone(
  site: RebaseSite,
  output: string,
  moved: ReturnType<typeof releases>,
  what: string,
): Promise<void> {
  for (const { repository, tag } of moved) {
    // What was published before the first run has no record of a gate: whoever goes back to it names it.
    const image = `${site.gateway.host}/${repository}:${tag}@${site.old[repository]}`;
    const inputs = { command: 'rollback', image, force: 'true', 'output-dir': join(site.folder, output) };
    const { ended, lines } = await site.here(inputs);
    expect(ended?.conclusion, `${what}: ${JSON.stringify(lines)}`).toBe('succeeded');
  }
  expect(
    releases(site).filter(({ repository, digest }) => digest !== site.old[repository]),
    what,
  ).toEqual([]);
}

async function finished(site: RebaseSite, output: string, what: string, force: boolean): Promise<void> {
  const inputs = { command: 'refresh', force: String(force), 'output-dir': join(site.folder, output) };
  const next = await site.here(inputs);
  expect(next.ended?.conclusion, `${what}: ${JSON.stringify(next.lines)}`).toBe('succeeded');
  expect(faults(site), what).toEqual([]);
  for (const repository of repositories) {
    const named = new Set(releaseTags.map((tag) => site.tagged(repository, tag)));
    expect(named.size, what).toBe(1);
    expect(named.has(site.old[repository]), what).toBe(false);
  }
}

describe('two refreshes at once', () => {
  test('end defined: every tag is at one validated digest, and who lost says so', async () => {
    const [site] = sites;
    if (site === undefined) throw new Error('no site was started');
    let lost = 0;
    for (let round = 0; round < races; round++) {
      site.reset();
      const outputs = ['left', 'right'].map((side) => `${side}-${round}`);
      const ran = await Promise.all(outputs.map((output) => refresh(site, output)));
      expect(faults(site), `round ${round}`).toEqual([]);
      for (const { code, stderr } of ran) {
        expect([0, 3], stderr).toContain(code);
        if (code === 0) continue;
        lost += 1;
        expect(stderr).toMatch(
          /was left alone; run again|was put there; find out what else|published anew while this run/,
        );
      }
      for (const repository of repositories) {
        const named = new Set(releaseTags.map((tag) => site.tagged(repository, tag)));
        expect(named.size, `round ${round}: ${ran.map(({ stderr }) => stderr).join('\n')}`).toBe(1);
      }
    }
    console.log(`of ${races} races of two runs, ${lost} runs gave way`);
  }, 120_000);
});
