import { expect, it } from 'vitest';
import { createCost } from '../../core/discover/cost.ts';
import { createJobSession } from '../../core/discover/published.ts';
import { runScript } from '../../core/discover/script/run.ts';

function published(script: string): readonly string[] {
  const session = createJobSession(() => true);
  runScript(script, { variables: new Map(), folder: '.', line: 1, session, cost: createCost('a') });
  return session.published.flatMap(({ names }) => names);
}

const builds = (count: number) => Array.from({ length: count }, (_, at) => `docker build -t a/b:${at} .\n`).join('');

it('a push of every tag takes each build once, however often it is done', () => {
  const once = published(`${builds(3_000)}docker push --all-tags a/b\n`);
  expect(once).toHaveLength(3_000);
  expect(published(builds(3_000) + 'docker push --all-tags a/b\n'.repeat(4_000))).toEqual(once);
});

it('a push of every tag between the builds takes what is new', () => {
  const script = Array.from({ length: 2_000 }, (_, at) => `docker build -t a/b:${at} .\ndocker push -a a/b\n`).join('');
  expect(published(script)).toHaveLength(2_000);
});

it('loops within loops and functions that call one another end', () => {
  const loop = 'for a in 1 2 3 4 5 6 7 8 9; do\n';
  expect(published(`${loop.repeat(9)}docker push a/b:$a\n${'done\n'.repeat(9)}`).length).toBeLessThan(10_000);
  const twice = Array.from({ length: 30 }, (_, at) => `f${at}() {\n f${at + 1}\n f${at + 1}\n}\n`).join('');
  const names = published(`${twice}f30() {\n docker push a/b:1\n}\nf0\n`);
  expect(names.at(-1)).toContain('more%20often');
});
