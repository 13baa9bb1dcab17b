import { describe, expect, test } from 'vitest';
import { fitSummary } from '../../action/summary.ts';

const limit = 1024 * 1024;

describe('summary', () => {
  test('is left as it is while GitHub takes it', () => {
    const text = 'é'.repeat(limit / 2);
    expect(fitSummary(text, 'summary.md')).toBe(text);
  });

  test.each([
    'plain paragraph\n\n',
    'é漢🧱 words\n',
    '| a | b |\n',
    '```\ncode\n```\n\n',
    '<details><summary>x</summary>\n\ny\n\n</details>\n\n',
  ])('of many %j is cut at a line, closed and says where the rest is', (part) => {
    const text = part.repeat(Math.ceil((limit + 100) / Buffer.byteLength(part)));
    const fitted = fitSummary(text, '/out/sum`mary.md');
    expect(Buffer.byteLength(fitted)).toBeLessThanOrEqual(limit);
    expect(Buffer.byteLength(fitted)).toBeGreaterThan(limit - 2_000);
    expect(fitted).toMatch(/\n\n> The summary is longer than GitHub shows; all of it is in `\/out\/sum'mary\.md`\.\n$/);
    expect(fitted).not.toContain('\ufffd');
    expect((fitted.match(/^```/gm) ?? []).length % 2).toBe(0);
    expect(fitted.split('<details>').length).toBe(fitted.split('</details>').length);
  });

  test('one line without end is cut inside', () => {
    const fitted = fitSummary('x'.repeat(2 * limit), 's.md');
    expect(Buffer.byteLength(fitted)).toBe(limit);
  });
});
