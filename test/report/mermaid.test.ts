import { expect, it } from 'vitest';
import { renderMarkdown } from '../../core/report/markdown.ts';
import { lineageMermaid } from '../../core/report/mermaid.ts';
import { largeReport } from '../support/large-report.ts';
import { sampleBase, sampleImage, sampleReport } from '../support/sample-report.ts';

it('draws upstream bases, own bases and images, those of build stages dashed', () => {
  const platform = sampleImage({
    name: 'platform',
    image: 'registry.example/platform:1',
    bases: [sampleBase({ reference: 'docker.io/library/debian:12' })],
  });
  const web = sampleImage({
    bases: [
      sampleBase({ reference: 'docker.io/library/golang:1.25', runtime: false, verdict: 'current' }),
      sampleBase({ reference: 'registry.example/platform:1' }),
    ],
  });
  expect(lineageMermaid([platform, web])?.split('\n')).toEqual([
    '```mermaid',
    'flowchart LR',
    'n0["platform · stale"]:::warn',
    'n1["web · stale"]:::warn',
    'n2["debian:12 · moved"]:::warn',
    'n3["golang:1.25 · current"]:::calm',
    'n2 --> n0',
    'n3 -.-> n1',
    'n0 --> n1',
    'classDef bad stroke:#cf222e,stroke-width:2px',
    'classDef warn stroke:#9a6700,stroke-width:2px',
    'classDef good stroke:#1a7f37,stroke-width:2px',
    'classDef calm stroke:#6e7781,stroke-width:2px',
    '```',
    '',
  ]);
});

it('leaves of a name nothing that Mermaid or Markdown would read', () => {
  const name = 'a"]:::x; click n0 "https://evil.example" %%{init}%% ``` <b>&#35;\u202E\nend';
  const [, , node] = lineageMermaid([sampleImage({ name })])?.split('\n') ?? [];
  expect(node).toBe('n0["a__:::x_ click n0 _https://evil.example_ ___init___ ___ _b___ · stale"]:::warn');
});

it('is in the summary of GitHub alone, and left out where it would be too large', () => {
  expect(renderMarkdown(sampleReport(), { drawn: true })).toContain('```mermaid\nflowchart LR\n');
  expect(renderMarkdown(sampleReport())).not.toContain('mermaid');
  expect(lineageMermaid(largeReport(61, 0).images)).toBeUndefined();
  expect(lineageMermaid([])).toBeUndefined();
  // Ten images on so many bases each, the same or others: Mermaid draws 500 edges and reads 50,000 characters.
  const onBases = (count: number, nameOf: (image: number, base: number) => string) =>
    Array.from({ length: 10 }, (_, image) => {
      const bases = Array.from({ length: count }, (_, base) =>
        sampleBase({ reference: nameOf(image, base), verdict: 'platform-missing' }),
      );
      return sampleImage({ name: `image-${image}`, bases });
    });
  const shared = (_: number, base: number) => `docker.io/library/base:${base}`;
  expect(lineageMermaid(onBases(50, shared))).toBeDefined();
  expect(lineageMermaid(onBases(51, shared))).toBeUndefined();
  expect(lineageMermaid(onBases(50, (image, base) => `${'x'.repeat(60)}.example/${image}:${base}`))).toBeUndefined();
});
