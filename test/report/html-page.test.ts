import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { renderHtml } from '../../core/report/html.ts';
import type { RefreshReport } from '../../core/report/report.ts';
import { describeWith, program } from '../e2e/setup/parts.ts';
import { largeReport } from '../support/large-report.ts';
import { sampleCheckReport, sampleReport } from '../support/sample-report.ts';
import { sampleTrend } from '../support/sample-trend.ts';

// Browsers are slow on a machine that does much else.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'html-page-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describeWith(['chromium'], 'the HTML report in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'];
    browser = await chromium.launch({ executablePath: program('chromium', 'chromium'), args });
  });
  afterAll(() => browser.close());
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
  });

  const opened = async (
    report: RefreshReport,
    options: BrowserContextOptions = {},
  ): Promise<{ page: Page; errors: string[] }> => {
    const path = join(folder, 'report.html');
    writeFileSync(path, renderHtml(report));
    const page = await (await browser.newContext(options)).newPage();
    const errors: string[] = [];
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(pathToFileURL(path).href);
    return { page, errors };
  };

  // Of the rules of axe, only that of contrast knows of colours.
  test('has nothing that axe finds, in light colours and in dark ones', async () => {
    for (const report of [sampleReport({ trend: sampleTrend(20) }), sampleCheckReport()]) {
      const { page, errors } = await opened(report, { colorScheme: 'light' });
      await page.evaluate(axe);
      const violations = (rules: string) =>
        page.evaluate(
          `axe.run(${rules}).then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes[0].html]))`,
        );
      expect(await violations('{}')).toEqual([]);
      await page.emulateMedia({ colorScheme: 'dark' });
      expect(await violations("{ runOnly: ['color-contrast'] }")).toEqual([]);
      expect(errors).toEqual([]);
    }
  });

  test('needs no sideways scrolling on a telephone', async () => {
    for (const report of [sampleReport({ trend: sampleTrend(90) }), sampleCheckReport(), largeReport(12, 40)]) {
      const { page } = await opened(report, { viewport: { width: 360, height: 780 } });
      await page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })");
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
      const wide = await page.evaluate(
        "[...document.querySelectorAll('.scroll')].filter((box) => !box.closest('.lineage') && box.scrollWidth > box.clientWidth).map((box) => box.getAttribute('aria-label'))",
      );
      expect(wide).toEqual([]);
    }
  });

  test('shows every image and finding without its script, and no field that would do nothing', async () => {
    const { page } = await opened(sampleReport(), { javaScriptEnabled: false });
    expect(await page.locator('#image-table tbody tr').count()).toBe(7);
    expect(await page.locator('#image-search').isVisible()).toBe(false);
    expect(await page.locator('#explorer').isVisible()).toBe(false);
    expect(await page.locator('.lineage svg a').count()).toBe(7);
    await page.locator('summary', { hasText: 'Fixed' }).first().click();
    expect(await page.locator('details[open] tbody tr').count()).toBeGreaterThan(2);
  });

  test('filters and sorts images, and hides the details of those that are filtered out', async () => {
    const { page } = await opened(sampleReport());
    const names = () => page.locator('#image-table tbody tr:visible th').allTextContents();
    await page.locator('#image-search').fill('debian');
    expect(await names()).toEqual(['base']);
    expect(await page.locator('#image-count').textContent()).toBe('1 of 7');
    expect(await page.locator('article:visible h3').allTextContents()).toEqual(['base']);
    await page.locator('#image-search').fill('');
    await page.locator('#image-outcome').selectOption('promoted');
    expect(await names()).toEqual(['base', 'greeter']);
    await page.locator('#image-outcome').selectOption('');
    const byName = page.locator('#image-table thead button').first();
    await byName.click();
    expect(await names()).toEqual(['api', 'base', 'greeter', 'proxy', 'reports', 'web', 'worker']);
    await byName.click();
    expect((await names())[0]).toBe('worker');
  });

  test('finds a finding in every image that has it, those of plain lines too', async () => {
    const { page, errors } = await opened(largeReport(50, 400));
    expect(errors).toEqual([]);
    await page.locator('#find-count', { hasText: '20,000 of 20,000' }).waitFor();
    await page.locator('#find-text').fill('CVE-2026-49239');
    expect(await page.locator('#find-table tbody tr').allTextContents()).toEqual([
      'lowCVE-2026-49239libpackage393.0.20-1~deb12u1 → 3.0.22-1~deb12u1baseimage-49Remaining',
    ]);
    await page.locator('#find-text').fill('libpackage39');
    await page.locator('#find-severity').selectOption('low');
    await page.locator('#find-group').selectOption('Fixed');
    // Of the 200 that were fixed in each of 50 images, those in places 39 and 153 are of that package and severity.
    expect(await page.locator('#find-count').textContent()).toBe('100 of 20,000');
    expect(await page.locator('#find-table tbody tr').count()).toBe(50);
    await page.locator('#find-more').click();
    expect(await page.locator('#find-table tbody tr').count()).toBe(100);
    expect(await page.locator('#find-more').isVisible()).toBe(false);
  });

  test('enlarges the picture, and leads from an image in it to its details', async () => {
    const { page } = await opened(sampleReport());
    const picture = page.locator('.lineage svg');
    const width = Number(await picture.getAttribute('width'));
    await page.getByRole('button', { name: 'Larger' }).click();
    expect(Number(await picture.getAttribute('width'))).toBeCloseTo(width * 1.25);
    const aim = await page.locator('.lineage a', { hasText: 'greeter' }).getAttribute('href');
    await page.locator('.lineage a', { hasText: 'greeter' }).click();
    expect(await page.locator(`${aim} h3`).textContent()).toBe('greeter');
    const top = await page.evaluate(`document.querySelector('${aim}').getBoundingClientRect().top < innerHeight`);
    expect(top).toBe(true);
  });
});
