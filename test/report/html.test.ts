import { createHash } from 'node:crypto';
import { type DefaultTreeAdapterMap, parse } from 'parse5';
import { describe, expect, it } from 'vitest';
import { renderHtml } from '../../core/report/html.ts';
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
  it('renders the sample report as the fixture shows it', async () => {
    await expect(renderHtml(sampleReport())).toMatchFileSnapshot('../fixtures/reports/report.html');
  });

  it.each([sampleReport(), sampleCheckReport()])('asks for nothing outside itself and runs no script', (report) => {
    const elements = elementsOf(parse(renderHtml(report)));
    const names = new Set(elements.map(({ tagName }) => tagName));
    for (const forbidden of ['script', 'link', 'img', 'iframe', 'object', 'embed', 'form', 'base']) {
      expect(names).not.toContain(forbidden);
    }
    for (const element of elements) {
      expect(element.attrs.filter(({ name }) => /^on|^style$|^src$/.test(name))).toEqual([]);
      expect(attribute(element, 'href') ?? '#').toMatch(/^(?:#|https:)/);
    }
  });

  it('allows its own style by hash and nothing else', () => {
    const elements = elementsOf(parse(renderHtml(sampleReport())));
    const [style] = elements.filter(({ tagName }) => tagName === 'style');
    const text = style?.childNodes.map((node) => ('value' in node ? node.value : '')).join('') ?? '';
    const policy = elements.find((element) => attribute(element, 'http-equiv') === 'Content-Security-Policy');
    expect(policy === undefined ? '' : attribute(policy, 'content')).toBe(
      `default-src 'none'; style-src 'sha256-${createHash('sha256').update(text).digest('base64')}'; base-uri 'none'; form-action 'none'`,
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

  it('bounds the rows of a browser page and says what is left out', () => {
    const findings = Array.from({ length: 500 }, (_, index) => sampleFinding({ id: `CVE-2026-${index}` }));
    const scan = sampleScan({ findings, before: [], introduced: findings, fixed: [] });
    const images = Array.from({ length: 60 }, (_, index) => sampleImage({ name: `web-${index}`, scan }));
    const text = renderHtml(sampleReport({ images }));
    expect(text.match(/<td><span class="severity/g)).toHaveLength(20_000);
    expect(text).toContain('100 milder findings left out here; report.json has everything.');
    expect(text).toContain('500 milder findings left out here; report.json has everything.');
  });
});
