import { createHash } from 'node:crypto';
import { type DefaultTreeAdapterMap, parse } from 'parse5';
import { describe, expect, it } from 'vitest';
import { renderHtml } from '../../core/report/html.ts';
import { largeReport } from '../support/large-report.ts';
import { sampleCheckReport, sampleFinding, sampleImage, sampleReport, sampleScan } from '../support/sample-report.ts';

type Element = DefaultTreeAdapterMap['element'];

function elementsOf(node: DefaultTreeAdapterMap['node']): readonly Element[] {
  const children = 'childNodes' in node ? node.childNodes.flatMap(elementsOf) : [];
  return 'tagName' in node ? [node, ...children] : children;
}

function attribute(element: Element, name: string): string | undefined {
  return element.attrs.find((found) => found.name === name)?.value;
}

describe('renderHtml', () => {
  it('says with an image how long its stages took', () => {
    const image = sampleImage({
      stages: [
        { stage: 'build', durationMs: 61_000 },
        { stage: 'promote', durationMs: 900 },
      ],
    });
    expect(renderHtml(sampleReport({ images: [image] }))).toContain('build 1 min 1 s, promote 900 ms');
  });

  it('groups images by who is responsible for them, as text and never as markup', () => {
    const owned = (name: string, ...owners: string[]) => sampleImage({ name, owners });
    const images = [owned('web', '@acme/web', 'Ops <b>'), owned('api', '@acme/web'), sampleImage({ name: 'old' })];
    const html = renderHtml(sampleReport({ images }));
    const section = /<h2 id="by-owner">.*?<\/section>/s.exec(html)?.[0] ?? '';
    const groups = [...section.matchAll(/<li>([^<]*)<ul class="names">(.*?)<\/ul>/gs)].map(
      ([, heading, names = '']) => [
        heading,
        names
          .replace(/<[^>]*>/g, ' ')
          .trim()
          .split(/ +/),
      ],
    );
    expect(groups).toEqual([
      ['@acme/web: 2 images (2 stale)', ['web', 'api']],
      ['Ops &lt;b&gt;: 1 image (1 stale)', ['web']],
      ['Without an owner: 1 image (1 stale)', ['old']],
    ]);
    expect(renderHtml(sampleReport())).not.toContain('By owner');
  });

  it('shows each exception once, those that end first before the others, with owner, days left and images', () => {
    const accept = (more: object) => ({ id: 'CVE-2026-1', reason: 'not reachable', ...more });
    const [soon, late, idle] = [
      accept({ expires: '2026-11-25', owner: 'web team' }),
      accept({ id: 'CVE-2' }),
      accept({ id: 'CVE-3' }),
    ];
    const gate = {
      verdict: 'pass',
      breaches: [],
      exceptionsUsed: [late, soon],
      exceptionsUnused: [idle],
      failure: null,
    } as const;
    const images = ['web', 'api'].map((name) => sampleImage({ name, gate }));
    const section = /<h2 id="exceptions">.*?<\/section>/s.exec(renderHtml(sampleReport({ images })))?.[0] ?? '';
    const rows = [...section.matchAll(/<tr><th.*?<\/tr>/gs)].map(([row]) =>
      row
        .replace(/<[^>]*>/g, ' ')
        .replace(/ +/g, ' ')
        .trim(),
    );
    expect(rows).toEqual([
      'Accepted Left Owner Images Reason',
      'CVE-2026-1 4 days left web team web and api not reachable',
      'CVE-2 without end – web and api not reachable',
      'CVE-3 without end – covers nothing not reachable',
    ]);
  });

  it('shows which freshness objectives are missed, and by which images, the oldest first', () => {
    const beyond = [
      { name: 'web', behindMs: 5 * 24 * 3_600_000 },
      { name: '<api>', behindMs: null },
    ];
    const objectives = [
      { objective: '24h behind', met: false, of: 3, within: 1, beyond },
      { objective: 'batch=7d behind', met: true, of: 1, within: 1, beyond: [] },
    ];
    const text = renderHtml({ ...sampleReport(), objectives });
    const section = /<h2 id="objectives">.*?<\/section>/s.exec(text)?.[0] ?? '';
    expect(section.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ')).toContain(
      '24h behind missed 1 of 3 images &lt;api&gt; (not known), web (5 days) batch=7d behind met 1 of 1 image – ',
    );
  });

  it('renders the sample report as the fixture shows it', async () => {
    await expect(renderHtml(sampleReport())).toMatchFileSnapshot('../fixtures/reports/report.html');
  });

  it.each([sampleReport(), sampleCheckReport()])('asks for nothing outside itself', (report) => {
    const elements = elementsOf(parse(renderHtml(report)));
    const names = new Set(elements.map(({ tagName }) => tagName));
    for (const forbidden of ['link', 'img', 'iframe', 'object', 'embed', 'form', 'base']) {
      expect(names).not.toContain(forbidden);
    }
    for (const element of elements) {
      expect(element.attrs.filter(({ name }) => /^on|^style$|^src$/.test(name))).toEqual([]);
      expect(attribute(element, 'href') ?? '#').toMatch(/^(?:#|https:)/);
    }
  });

  it('allows its own style and its own script by hash and nothing else', () => {
    const report = sampleReport({ images: [sampleImage({ name: '</script><script>alert(1)</script>' })] });
    const elements = elementsOf(parse(renderHtml(report)));
    const hashes = (name: string) =>
      elements
        .filter(({ tagName }) => tagName === name)
        .map(({ childNodes }) => childNodes.map((node) => ('value' in node ? node.value : '')).join(''))
        .map((text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`);
    expect([hashes('style').length, hashes('script').length]).toEqual([1, 1]);
    const policy = elements.find((element) => attribute(element, 'http-equiv') === 'Content-Security-Policy');
    expect(policy === undefined ? '' : attribute(policy, 'content')).toBe(
      `default-src 'none'; style-src ${hashes('style')[0]}; script-src ${hashes('script')[0]}; base-uri 'none'; form-action 'none'`,
    );
  });

  it('has every id once and an aim for every link within', () => {
    const elements = elementsOf(parse(renderHtml(sampleReport())));
    const ids = elements.flatMap((element) => attribute(element, 'id') ?? []);
    expect(new Set(ids).size).toBe(ids.length);
    const aims = elements.flatMap((element) => attribute(element, 'href') ?? []).filter((href) => href.startsWith('#'));
    expect(aims.length).toBeGreaterThan(7);
    for (const aim of aims) expect(ids).toContain(aim.slice(1));
  });

  it('holds every finding of 50 images with 20,000 in two megabytes and 20,000 elements', () => {
    const report = largeReport(50, 400);
    const text = renderHtml(report);
    expect(Buffer.byteLength(text)).toBeLessThan(2_000_000);
    expect(elementsOf(parse(text)).length).toBeLessThan(20_000);
    expect(text).not.toContain('findings left out here');
    const lines = [...text.matchAll(/<pre class="lines" tabindex="0">([^<]*)<\/pre>/g)];
    const listed = lines.flatMap(([, held = '']) => held.trimEnd().split('\n')).flatMap((line) => line.split(', '));
    expect(listed.length + [...text.matchAll(/data-label="Title"/g)].length).toBe(20_000);
    expect(text).toContain(
      'low\tlibpackage39\t3.0.20-1~deb12u1 → 3.0.22-1~deb12u1\tbase\tCVE-2026-491153, CVE-2026-49139\n',
    );
  });

  it('shares what it may hold among the images, the worst of each first, and counts what is left out', () => {
    const text = renderHtml(largeReport(60, 1000));
    expect(Buffer.byteLength(text)).toBeLessThan(2_300_000);
    for (const index of [0, 30, 59]) expect(text).toContain(`CVE-2026-${index}1480`);
    expect(text).toMatch(/\d+ milder findings left out here; report\.json has everything\./);
  });

  it('shows details of so many images only as a browser opens at once, those that need a person first', () => {
    const current = Array.from({ length: 400 }, (_, index) =>
      sampleImage({ name: `calm-${index}`, verdict: 'current' }),
    );
    const text = renderHtml(sampleReport({ images: [...current, sampleImage({ name: 'stale-one' })], failures: [] }));
    expect(text).toContain('<a href="#image-1">stale-one</a>');
    expect(text).toContain('<th scope="row">calm-399</th>');
    expect(text).toContain('Details of 151 more images in report.json.');
  });

  it('bounds the breaches of an image and says how many more there are', () => {
    const finding = sampleFinding();
    const breaches = Array.from({ length: 90 }, (_, index) => ({
      rule: 'severity-threshold' as const,
      finding,
      advice: `advice ${index}.`,
    }));
    const gate = { verdict: 'fail' as const, breaches, exceptionsUsed: [], exceptionsUnused: [], failure: null };
    const image = sampleImage({ scan: sampleScan(), gate });
    const text = renderHtml(sampleReport({ images: [image], failures: [] }));
    expect(text.match(/<span class="todo">/g)).toHaveLength(20);
    expect(text).toContain('70 more breaches in report.json.');
  });

  it('says of an exception how many days it still holds', () => {
    const at = (expires: string) => ({ id: 'CVE-2026-1', reason: 'not reachable', expires });
    const gate = {
      verdict: 'pass' as const,
      breaches: [],
      exceptionsUsed: [at('2026-11-22'), at('2027-01-31'), at('2026-11-20'), at('2026-11-21')],
      exceptionsUnused: [],
      failure: null,
    };
    const text = renderHtml(sampleReport({ images: [sampleImage({ gate })] }));
    const card = text.slice(text.indexOf('<article'));
    expect(
      [...card.matchAll(/<span class="pill (\w+)">([^<]*(?:left|ended|last day))</g)].map(([, tone, words]) => [
        tone,
        words,
      ]),
    ).toEqual([
      ['warn', '1 day left'],
      ['calm', '71 days left'],
      ['warn', 'ended'],
      ['warn', 'last day'],
    ]);
  });
});
