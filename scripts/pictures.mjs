import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';

// Pictures of docs/images: the HTML report of a real run of the demo, in Debian's Chromium.
const root = join(import.meta.dirname, '..');
const looks = {
  'report-light': { viewport: { width: 1200, height: 1150 }, colorScheme: 'light' },
  'report-dark': { viewport: { width: 1200, height: 1150 }, colorScheme: 'dark' },
  'report-narrow': { viewport: { width: 360, height: 1150 }, colorScheme: 'light' },
};

const folder = mkdtempSync(join(tmpdir(), 'pictures-'));
try {
  const demo = [join(root, 'dist/cli/index.cjs'), 'demo', '--output-dir', folder];
  await promisify(execFile)(process.execPath, demo, { maxBuffer: 64 * 1024 * 1024 });
  const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'];
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args });
  for (const [name, look] of Object.entries(looks)) {
    const page = await (await browser.newContext(look)).newPage();
    await page.goto(pathToFileURL(join(folder, 'report.html')).href);
    await page.screenshot({ path: join(root, `docs/images/${name}.png`) });
  }
  await browser.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
