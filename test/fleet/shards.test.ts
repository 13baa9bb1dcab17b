import { describe, expect, test } from 'vitest';
import { hostLimits, matrixOf, matrixOutputs } from '../../core/fleet/matrix.ts';
import { parseRun } from '../../core/fleet/run-file.ts';
import { type Share, shardsOf } from '../../core/fleet/shards.ts';

const share = (name: string, parts: Partial<Share> = {}): Share => ({
  ...{ name, lane: 'build', level: 1, parents: [], bases: 'debian:12', seconds: 240 },
  ...parts,
});
const many = (count: number) =>
  Array.from({ length: count }, (_, at) =>
    share(`team-with-a-long-name/service-number-${at}`, { seconds: 60 + ((at * 37) % 600), bases: `base-${at % 7}` }),
  );

describe('what a host takes', () => {
  test.each([1, 12, 256, 300, 5000])('%i images come to a matrix of each level within its limits', (count) => {
    const images = many(count).map((image, at) => ({ ...image, level: 1 + (at % 3) }));
    const legs = shardsOf(images, { shards: 'auto', legs: hostLimits.legs });
    expect(legs.flatMap((leg) => leg.images).toSorted()).toEqual(images.map(({ name }) => name).toSorted());
    for (const host of ['github', 'azure'] as const) {
      const matrices = [1, 2, 3, 4].map((level) =>
        matrixOf(
          legs.filter((leg) => leg.level === level),
          host,
        ),
      );
      for (const matrix of matrices) expect(matrix.length).toBeLessThanOrEqual(hostLimits.characters);
      const jobs = matrices.map((matrix) =>
        Object.values(host === 'github' ? JSON.parse(matrix).include : JSON.parse(matrix)),
      );
      for (const level of jobs) expect(level.length).toBeLessThanOrEqual(hostLimits.legs);
      expect(jobs.flat()).toHaveLength(legs.length);
    }
  });

  test('nothing to do is a matrix that both hosts can read', () => {
    expect(matrixOutputs({ legs: [] }, 'github')).toMatchObject({
      'has-work': 'false',
      matrix: '{"include":[]}',
      levels: '0',
    });
    expect(matrixOutputs({ legs: [] }, 'azure')).toMatchObject({ 'has-work': 'false', matrix: '{}', 'matrix-4': '{}' });
  });

  test('names of legs have no character that a host gives a meaning', () => {
    const [leg] = shardsOf([share('a"b\n##vso[x]é')], { shards: 1, legs: 256 });
    expect(leg?.name).toBe('a-b-vso-x-');
  });
});

describe('shards', () => {
  test('are as long as one another, by how long images take', () => {
    const images = many(500);
    const legs = shardsOf(images, { shards: 25, legs: 256 });
    const mean = images.reduce((sum, { seconds }) => sum + seconds, 0) / 25;
    expect(legs).toHaveLength(25);
    for (const { seconds } of legs) expect(Math.abs(seconds - mean) / mean).toBeLessThan(0.15);
  });

  test('have images of the same bases together where they fit', () => {
    const images = ['a', 'b', 'a', 'b', 'a', 'b'].map((bases, at) => share(`${at}`, { bases }));
    const legs = shardsOf(images, { shards: 2, legs: 256 });
    expect(legs.map((leg) => leg.images)).toEqual([
      ['0', '2', '4'],
      ['1', '3', '5'],
    ]);
  });

  test('keep levels: fifty apps on one golden image are fifty legs after its own', () => {
    const apps = Array.from({ length: 50 }, (_, at) => share(`app-${at}`, { level: 2, parents: ['golden'] }));
    const legs = shardsOf([share('golden'), ...apps], { shards: 50, legs: 256 });
    expect(legs.filter(({ level }) => level === 1).map(({ images }) => images)).toEqual([['golden']]);
    expect(legs.filter(({ level }) => level === 2)).toHaveLength(50);
  });

  test('put what is deeper than a workflow has jobs into the legs of its last level', () => {
    const names = ['one', 'two', 'three', 'four', 'five', 'six'];
    const chain = names.map((name, at) =>
      share(name, { level: at + 1, parents: names.slice(Math.max(0, at - 1), at) }),
    );
    const legs = shardsOf(chain, { shards: 'auto', legs: 256 });
    expect(legs.map(({ level, images }) => [level, ...images])).toEqual([
      [1, 'one'],
      [2, 'two'],
      [3, 'three'],
      [4, 'four', 'five', 'six'],
    ]);
    expect(shardsOf(chain, { shards: 1, legs: 256 }).map(({ images }) => images)).toEqual([names]);
  });

  test('have lanes: what needs no builder is in legs of its own', () => {
    const images = [share('a', { lane: 'rebase', seconds: 5 }), share('b'), share('c', { lane: 'rebase', seconds: 5 })];
    expect(shardsOf(images, { shards: 2, legs: 256 }).map(({ lane, images: own }) => [lane, ...own])).toEqual([
      ['rebase', 'a', 'c'],
      ['build', 'b'],
    ]);
  });

  test('are the same for the same images, and take no time', () => {
    const before = process.cpuUsage().user;
    const limits = { shards: 1000, legs: Number.POSITIVE_INFINITY };
    expect(shardsOf(many(5000), limits)).toEqual(shardsOf(many(5000), limits));
    expect(process.cpuUsage().user - before).toBeLessThan(5_000_000);
  });
});

test.each([
  ['{', 'run.json: is not valid JSON; give the run.json that plan has saved.'],
  ['{}', 'run.json: is not the run.json of a plan; give the run.json that plan has saved.'],
  ['{"kind":"run"}', 'run.json: has schemaVersion none, and only 1 is known here; use the version that wrote it.'],
  [
    '{"kind":"run","schemaVersion":1}',
    'run.json: id: Invalid key: Expected "id" but received undefined; give the run.json that plan has saved.',
  ],
])('a document that is no run is refused: %s', (text, expected) => {
  expect(() => parseRun(text, 'run.json')).toThrow(expected);
});
