import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lineageOf } from '../../core/report/lineage.ts';
import { layOut } from '../../core/report/lineage-layout.ts';
import type { ReportedImage } from '../../core/report/report.ts';
import { largeReport } from '../support/large-report.ts';
import { sampleBase, sampleImage } from '../support/sample-report.ts';

const image = (name: string, bases: readonly string[], change: Partial<ReportedImage> = {}) =>
  sampleImage({
    name,
    image: `registry.example/${name}:1`,
    bases: bases.map((reference, index) => sampleBase({ reference, runtime: index === bases.length - 1 })),
    ...change,
  });

const drawn = (images: readonly ReportedImage[], most = 100) => {
  const lineage = lineageOf(images, most);
  const { places } = layOut(lineage);
  const label = (key: string) => lineage.nodes.find((node) => node.key === key)?.label;
  return {
    edges: lineage.edges
      .map(({ from, to, isRuntime }) => `${label(from)} ${isRuntime ? '→' : '⇢'} ${label(to)}`)
      .sort(),
    columns: Object.fromEntries(lineage.nodes.map(({ key, label: name }) => [name, places.get(key)?.column])),
    left: lineage.left,
  };
};

describe('lineage', () => {
  it('goes from upstream bases over own bases to images', () => {
    const images = [
      image('platform', ['docker.io/library/debian:12']),
      image('web', ['docker.io/library/golang:1.25', 'registry.example/platform:1']),
      image('proxy', ['docker.io/library/nginx:1.29']),
    ];
    expect(drawn(images)).toEqual({
      edges: ['debian:12 → platform', 'golang:1.25 ⇢ web', 'nginx:1.29 → proxy', 'platform → web'],
      columns: { platform: 1, web: 2, proxy: 2, 'debian:12': 0, 'golang:1.25': 0, 'nginx:1.29': 0 },
      left: 0,
    });
  });

  it('keeps the bases of those that it shows, and counts the others', () => {
    const images = [
      image('web', ['registry.example/platform:1']),
      image('api', ['registry.example/platform:1']),
      image('platform', ['docker.io/library/debian:12']),
    ];
    expect(drawn(images, 1)).toMatchObject({ edges: ['debian:12 → platform', 'platform → web'], left: 1 });
  });

  it('draws images that stand on one another once each', () => {
    const images = [image('a', ['registry.example/b:1']), image('b', ['registry.example/a:1'])];
    expect(drawn(images).edges).toEqual(['a → b', 'b → a']);
  });

  it('colours a base by the worst that stands on it', () => {
    const stale = image('web', ['docker.io/library/debian:12']);
    const done = image('api', ['docker.io/library/debian:12'], {
      promotion: { digest: `sha256:${'a'.repeat(64)}`, tags: [] },
    });
    const toneOf = (images: readonly ReportedImage[]) =>
      lineageOf(images, 9).nodes.find(({ label }) => label === 'debian:12')?.tone;
    expect([toneOf([done]), toneOf([done, stale]), toneOf([stale, done])]).toEqual(['good', 'warn', 'warn']);
  });

  it('puts no two into one place, and a base left of what keeps its layers', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const reference = fc.constantFrom(
      ...names.map((name) => `registry.example/${name}:1`),
      'docker.io/library/x:1',
      'docker.io/library/y:1',
    );
    const chosen = fc.tuple(...names.map(() => fc.array(reference, { minLength: 1, maxLength: 3 })));
    fc.assert(
      fc.property(chosen, (bases) => {
        const lineage = lineageOf(
          names.map((name, index) => image(name, bases[index] ?? [])),
          100,
        );
        const { places, rows } = layOut(lineage);
        expect(places.size).toBe(lineage.nodes.length);
        const spots = [...places.values()].map(({ column, row }) => `${column} ${row}`);
        expect(new Set(spots).size).toBe(spots.length);
        for (const { row } of places.values()) expect(row).toBeLessThan(rows);
      }),
    );
    const large = lineageOf(largeReport(100, 0).images, 100);
    const { places } = layOut(large);
    for (const { from, to } of large.edges) expect(places.get(from)?.column).toBeLessThan(places.get(to)?.column ?? 0);
  });
});
