import { micromark } from 'micromark';
import { gfm, gfmHtml } from 'micromark-extension-gfm';
import { type DefaultTreeAdapterMap, parse, parseFragment } from 'parse5';
import { describe, expect, it } from 'vitest';
import { annotationsOf } from '../../core/report/annotations.ts';
import { renderHtml } from '../../core/report/html.ts';
import { renderJunit } from '../../core/report/junit.ts';
import { renderMarkdown } from '../../core/report/markdown.ts';
import type { RefreshReport, ReportedImage } from '../../core/report/report.ts';
import { renderSarif } from '../../core/report/sarif.ts';
import { renderTable } from '../../core/report/table.ts';
import { sampleImage, sampleReport } from '../support/sample-report.ts';

const attacks = [
  '<script>alert(1)</script><img src=x onerror=alert(1)>',
  '"><svg onload=alert(1)>',
  "' onmouseover='alert(1)",
  '</style></title></td></table></details><iframe src=//evil.example>',
  '| x | `code` | <b>bold</b> |\n| --- |\n# heading',
  '``` `a` \\| [click](https://evil.example) ![x](https://evil.example/x.png)',
  '[a]: https://evil.example\n\n[a] <https://evil.example>',
  'see https://evil.example/x and www.evil.example and root@evil.example and @octocat #1',
  '\u001B]8;;https://evil.example\u0007link\u001B]8;;\u0007 \u001B[2J\u009B31m',
  'a\rb\u2028c\u202Egnp.exe\u2066\u200Bd\u0000e\uD800',
  ']]></failure><testcase name="forged"/>',
  '{0} [click](https://evil.example)',
] as const;

// What the types, not the world, choose: left alone, for a report cannot hold anything else there.
const chosen = new Set(
  'schemaVersion command startedAt finishedAt code verdict evidence confidence via severity owner layer action rule'.split(
    ' ',
  ),
);

function poisoned(value: unknown, attack: string, key = ''): unknown {
  if (typeof value === 'string') return chosen.has(key) ? value : `${attack} ${value}`;
  if (Array.isArray(value)) return value.map((item) => poisoned(item, attack, key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, poisoned(item, attack, name)]));
}

function reportWith(attack: string): RefreshReport {
  const report = poisoned(sampleReport(), attack) as RefreshReport;
  const images = [...report.images, discontinuous(attack)];
  return { ...report, images, tool: { ...report.tool, name: 'base-image-refresh' } };
}

// Labels are anybody's text; what is thought of them is ours.
function discontinuous(attack: string): ReportedImage {
  const [text, what] = [`${attack} a`, `label ${attack}`];
  const difference = { aspect: 'labels', what, platform: text, from: text, to: text } as const;
  const continuity = {
    carried: [difference],
    explained: [{ ...difference, because: 'base' } as const],
    broken: [{ ...difference, remedy: text }],
  };
  return sampleImage({ name: text, continuity, held: { because: 'continuity', remedy: text } });
}

/** The same report without an attack. */
function harmless(): RefreshReport {
  return reportWith('text');
}

type Node = DefaultTreeAdapterMap['node'];

function shapeOf(node: Node): readonly string[] {
  const own = 'tagName' in node ? [`${node.tagName} ${node.attrs.map(({ name }) => name).join(' ')}`] : [];
  return [...own, ...('childNodes' in node ? node.childNodes.flatMap(shapeOf) : [])];
}

function withoutBreaks(shape: readonly string[]): readonly string[] {
  return shape.filter(
    (element) => !element.startsWith('wbr') && !element.startsWith('code') && !element.startsWith('a '),
  );
}

function rendered(markdown: string): Node {
  return parseFragment(
    micromark(markdown, { extensions: [gfm()], htmlExtensions: [gfmHtml()], allowDangerousHtml: true }),
  );
}

function linksOf(node: Node): readonly string[] {
  const own = 'tagName' in node ? node.attrs.filter(({ name }) => name === 'href').map(({ value }) => value) : [];
  return [...own, ...('childNodes' in node ? node.childNodes.flatMap(linksOf) : [])];
}

describe.each(attacks)('with %j in every text field', (attack) => {
  const report = reportWith(attack);

  it('the summary keeps its shape and links nowhere', () => {
    const shape = withoutBreaks(shapeOf(rendered(renderMarkdown(report))));
    expect(shape).toEqual(withoutBreaks(shapeOf(rendered(renderMarkdown(harmless())))));
    expect(linksOf(rendered(renderMarkdown(report)))).toEqual([]);
  });

  it('the page keeps its shape and links nowhere', () => {
    const page = parse(renderHtml(report));
    expect(withoutBreaks(shapeOf(page))).toEqual(withoutBreaks(shapeOf(parse(renderHtml(harmless())))));
    expect(linksOf(page).filter((href) => !href.startsWith('#'))).toEqual([]);
  });

  it('JUnit keeps its cases', () => {
    const count = (text: string) => [...text.matchAll(/<(\w[\w-]*)/g)].map(([, name]) => name);
    expect(count(renderJunit(report))).toEqual(count(renderJunit(harmless())));
  });

  it('SARIF makes no link, no placeholder and no path out of the repository', () => {
    const log = JSON.parse(renderSarif(report)) as {
      runs: { results: { message: { text: string }; locations: unknown }[] }[];
    };
    for (const { message, locations } of log.runs[0]?.results ?? []) {
      expect(message.text).not.toMatch(/\]\(|\{\d/);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be left
      expect(message.text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
      expect(JSON.stringify(locations)).not.toMatch(/"uri":"(?:\/|[a-z]+:|[^"]*[<>\s])/);
    }
  });

  it('the terminal and the annotations get no control character and no line of their own', () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be left
    const control = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u202a-\u202e\u2066-\u2069]/;
    expect(renderTable(report)).not.toMatch(control);
    expect(renderTable({ ...report, command: 'check' })).not.toMatch(control);
    for (const { message, path, title } of annotationsOf(report)) {
      expect(message + path + title).not.toMatch(/[\n\u202e]/);
      expect(message + path + title).not.toMatch(control);
    }
  });
});
