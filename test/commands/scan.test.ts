import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { scanCommand } from '../../core/commands/scan.ts';
import { loadConfig } from '../../core/config.ts';
import { createWorld } from '../../core/world.ts';
import { makeImage, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { recordingHost } from '../hosts/recording-host.ts';
import { repository } from '../hosts/repository.ts';

let server: TestRegistry;
beforeEach(async () => {
  server = await startRegistry();
  await pushImage(server.store, 'acme/web', makeImage({ layers: [await makeLayer({ app: 'web' })] }), '1');
});
afterEach(() => server.close());

const results = [
  {
    ruleId: 'CVE-2026-1',
    level: 'error',
    message: { text: 'Package: openssl\nInstalled Version: 3.0.20\nFixed Version: 3.0.22\nSeverity: HIGH' },
  },
];
const sarif = JSON.stringify({
  version: '2.1.0',
  runs: [{ tool: { driver: { name: 'anyscan', version: '7', rules: [{ id: 'CVE-1999-1' }] } }, results }],
});
const scanner = `scanner: { tool: command, command: [node, -p, '${JSON.stringify(sarif).replaceAll("'", "''")}', '{image}'], format: sarif }`;

/** Scans the image with a scanner that always finds the same, under the policy and files given. */
async function scan(policy: string, files: Readonly<Record<string, string>> = {}, inputs = {}) {
  const root = repository(files);
  writeFileSync(join(root, '.base-image-refresh.yml'), `${scanner}\n${policy}\n`);
  const world = createWorld({ cwd: root });
  const image = `${server.host}/acme/web:1`;
  const host = recordingHost({
    command: 'scan',
    image,
    'insecure-registry': server.host,
    allow: 'scanner-command',
    ...inputs,
  });
  const ended = async () => scanCommand(await loadConfig(host, world), host, world);
  const conclusion = await ended().catch((error: Error) => error.message);
  const report = await world.files.readText(join(root, '.base-image-refresh/report.json')).catch(() => 'null');
  await world.close();
  const warnings = host.logged.filter(({ level }) => level === 'warning').map(({ message }) => message);
  return { conclusion, gate: JSON.parse(report)?.images[0].gate, scan: JSON.parse(report)?.images[0].scan, warnings };
}

describe('scan', () => {
  test('uses the scanner that is configured', async () => {
    const { conclusion, scan: scanned } = await scan('');
    expect(scanned.scanner).toEqual({ name: 'anyscan', version: '7', database: null });
    expect(scanned.findings.map(({ id }: { id: string }) => id)).toEqual(['CVE-2026-1']);
    expect(conclusion).toBe('policy-failed');
  });

  test('takes exceptions from the files that policy names, and says what it could not take over', async () => {
    const trivyignore = '# not reachable\nCVE-2026-1\nCVE-2026-2 exp:soon\n';
    const { conclusion, gate, warnings } = await scan('gate: { ignore-files: [.trivyignore] }', {
      '.trivyignore': trivyignore,
    });
    expect(conclusion).toBe('succeeded');
    expect(gate.exceptionsUsed).toEqual([{ id: 'CVE-2026-1', reason: 'not reachable', source: '.trivyignore:2' }]);
    expect(warnings).toEqual([expect.stringContaining('.trivyignore:3')]);
  });

  test.each([
    ['ignore-files: [.trivyignore]', '.trivyignore: is named in gate.ignore-files but'],
    ['vex-files: [web.vex.json]', 'web.vex.json: is named in gate.vex-files but'],
    [
      'known-exploited: critical, known-exploited-file: kev.json',
      'kev.json: is named in gate.known-exploited-file but',
    ],
    ['epss-threshold: 0.1, epss-file: epss.csv', 'epss.csv: is named in gate.epss-file but'],
  ])('%s without the file judges nothing', async (policy, sentence) => {
    const { conclusion, gate } = await scan(`gate: { severity-threshold: none, ${policy} }`);
    expect(conclusion).toContain(sentence);
    expect(gate).toBeUndefined();
  });

  test('judges an image by its own gate', async () => {
    const images = `images:
  - { dockerfile: Dockerfile, image: '${server.host}/acme/web:1', gate: { severity-threshold: critical } }`;
    expect((await scan(images)).conclusion).toBe('succeeded');
    expect((await scan(images.replace('web:1', 'web:2'))).conclusion).toBe('policy-failed');
  });
});
