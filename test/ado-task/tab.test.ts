import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { describeWith, program } from '../e2e/setup/parts.ts';

// Processes and browsers are slow on a machine that does much else.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 60_000 });

const root = join(import.meta.dirname, '../..');
const hostile = `<!doctype html><title>r</title><h1>web is stale</h1>
<script>parent.parent.escaped = true; document.title = 'ran'</script><img src="/acme/stolen" onerror="parent.parent.escaped = true">`;

async function script(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(root, entry)],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
  });
  return outputFiles[0]?.text ?? '';
}

/** Serves the tab, a page around it, and the attachments API of one build. */
async function serve(
  reports: readonly string[],
  names: readonly string[] = [],
): Promise<{ server: Server; origin: string; asked: string[] }> {
  const asked: string[] = [];
  const api = '/acme/p1/_apis/build/builds/7';
  const answers: Record<string, readonly [type: string, body: string]> = {
    '/': [
      'text/html',
      '<!doctype html><script>window.loaded = { times: 0 }</script><iframe width="900" height="500"></iframe><script src="/page.js"></script>',
    ],
    '/page.js': ['text/javascript', await script('test/ado-task/tab-page.ts')],
    '/tab/index.html': ['text/html', readFileSync(join(root, 'ado-task/tab/index.html'), 'utf8')],
    '/tab/tab.js': ['text/javascript', await script('ado-task/tab/tab.ts')],
    ...Object.fromEntries(
      reports.map((html, index) => [
        `${api}/t/r${index}/attachments/base-image-refresh.html/report.html`,
        ['text/plain', html] as const,
      ]),
    ),
  };
  const server = createServer((request, response) => {
    const { pathname, origin } = new URL(request.url ?? '/', `http://${request.headers.host}`);
    asked.push(`${pathname} ${request.headers.authorization ?? ''}`.trim());
    const value = reports.map((_, index) => ({
      name: names[index] ?? 'report.html',
      _links: { self: { href: `${origin}${api}/t/r${index}/attachments/base-image-refresh.html/report.html` } },
    }));
    const list = ['application/json', JSON.stringify({ count: value.length, value })] as const;
    const answer = pathname === `${api}/attachments/base-image-refresh.html` ? list : answers[pathname];
    response
      .writeHead(answer === undefined ? 404 : 200, { 'content-type': answer?.[0] ?? 'text/plain' })
      .end(answer?.[1]);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

describeWith(['chromium'], 'the results tab in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: program('chromium', 'chromium'), args: ['--no-sandbox'] });
  });
  afterAll(() => browser.close());

  async function open(reports: readonly string[], names: readonly string[] = []) {
    const { server, origin, asked } = await serve(reports, names);
    const page = await browser.newPage();
    page.on('pageerror', (e) => console.log(e));
    await page.goto(origin);
    await page.waitForFunction('window.loaded.times === 1');
    const tab = page.frames().find((frame) => frame.url().endsWith('/tab/index.html'));
    if (tab === undefined) throw new Error('the page has no tab');
    return { page, tab, asked, close: () => page.close().finally(() => server.close()) };
  }

  test('shows the report, in which nothing runs and which reaches nothing', async () => {
    const { page, tab, asked, close } = await open([hostile]);
    const report = tab.frameLocator('iframe');
    expect(await report.locator('h1').textContent()).toBe('web is stale');
    expect(await tab.locator('iframe').getAttribute('sandbox')).toBe('');
    expect(await tab.locator('nav button').count()).toBe(0);
    expect(await page.evaluate('window.escaped')).toBeUndefined();
    expect(asked).not.toContain('/acme/stolen');
    expect(asked).toContain('/acme/p1/_apis/build/builds/7/attachments/base-image-refresh.html Bearer t0ken');
    expect(asked.filter((line) => line.includes('Bearer') && !line.includes('/_apis/'))).toEqual([]);
    await close();
  });

  test('offers a button for each report where there are several', async () => {
    const { tab, close } = await open(['<h1>first</h1>', '<h1>second</h1>']);
    expect(await tab.locator('nav button').allTextContents()).toEqual(['report.html 1', 'report.html 2']);
    await tab.locator('nav button').nth(1).click();
    await tab.frameLocator('iframe').getByText('second').waitFor();
    expect(await tab.locator('iframe').count()).toBe(1);
    expect(await tab.locator('nav button').nth(1).getAttribute('aria-pressed')).toBe('true');
    await close();
  });

  test('opens on the worst of many, which stand by how their runs ended, and keeps room for the report', async () => {
    const names = Array.from({ length: 100 }, (_, index) => `succeeded.refresh images of team ${index + 1}.html`);
    names[41] = 'policy-failed.refresh payments.html';
    const { page, tab, close } = await open(
      names.map((name) => `<h1>${name}</h1>`),
      names,
    );
    await tab.frameLocator('iframe').getByText('refresh payments').waitFor();
    expect(await tab.locator('nav h2').allTextContents()).toEqual(['Refused by policy (1)', 'In order (99)']);
    expect(await tab.locator('nav button').first().getAttribute('aria-pressed')).toBe('true');
    for (const width of [900, 360]) {
      await page.locator('iframe').evaluate((frame, px) => frame.setAttribute('width', String(px)), width);
      const box = await tab.locator('iframe').boundingBox();
      expect(box?.height).toBeGreaterThan(300);
      expect(await tab.locator('body').evaluate('document.documentElement.scrollWidth > innerWidth')).toBe(false);
    }
    await close();
  });

  test('says so where the run has none', async () => {
    const { tab, close } = await open([]);
    expect(await tab.locator('#status').textContent()).toBe('This run has no report of Base Image Refresh.');
    await close();
  });
});
