import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { run } from '../../core/run.ts';
import { createWorld } from '../../core/world.ts';
import { makeImage, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { recordingHost } from '../hosts/recording-host.ts';
import { repository } from '../hosts/repository.ts';
import { saying } from '../support/scanner.ts';

let server: TestRegistry;
beforeEach(async () => {
  server = await startRegistry();
  const layers = [await makeLayer({ 'bin/sh': 'sh', 'app/server': 'server' })];
  await pushImage(server.store, 'acme/web', makeImage({ layers, config: { User: '1000' } }), '1');
});
afterEach(() => server.close());

const sarif = {
  version: '2.1.0',
  runs: [
    {
      tool: { driver: { name: 'anyscan', version: '7', rules: [{ id: 'CVE-1999-1' }] } },
      results: [{ ruleId: 'CVE-2026-1', message: { text: 'Package: a\nInstalled Version: 1\nSeverity: LOW' } }],
    },
  ],
};

async function scan(inputs: Readonly<Record<string, string>>, file: object = {}) {
  const root = repository({});
  const scanner = {
    tool: 'command',
    command: [...saying(JSON.stringify(sarif)), '{image}'],
  };
  writeFileSync(
    join(root, '.base-image-refresh.yml'),
    JSON.stringify({ scanner: { ...scanner, format: 'sarif' }, ...file }),
  );
  const world = createWorld({ cwd: root });
  const host = recordingHost({
    command: 'scan',
    image: `${server.host}/acme/web:1`,
    allow: 'scanner-command',
    ...inputs,
  });
  const conclusion = await run(host, world);
  await world.close();
  const read = (name: string) => readFileSync(join(root, '.base-image-refresh', name), 'utf8');
  return {
    conclusion,
    image: JSON.parse(read('report.json')).images[0],
    summary: read('summary.md'),
    page: read('report.html'),
  };
}

test('scan reads the files of an image only where it is asked to', async () => {
  const plain = await scan({});
  expect(plain.image.scan.hardening).toBeUndefined();
  const { conclusion, image, summary, page } = await scan({ hardening: 'true' });
  expect(conclusion).toBe('succeeded');
  expect(image.scan.hardening).toMatchObject({
    facts: [{ kind: 'shell', files: ['bin/sh'], count: 1, platforms: ['linux/amd64'] }],
    sizes: [{ platform: 'linux/amd64', layers: 1 }],
  });
  expect(summary).toContain('It has a shell (/bin/sh).');
  expect(page).toContain('It has a shell (/bin/sh).');
});

test('what policy refuses fails the gate, with what to do', async () => {
  const { conclusion, image } = await scan({ refuse: 'shell, root-user' });
  expect(conclusion).toBe('policy-failed');
  expect(image.gate.breaches).toMatchObject([
    {
      rule: 'hardening',
      finding: { id: 'HARDENING-SHELL' },
      advice: expect.stringContaining('Choose a base without one'),
    },
  ]);
  const accepted = await scan(
    {},
    { gate: { refuse: 'shell', exceptions: [{ id: 'HARDENING-SHELL', reason: 'debug' }] } },
  );
  expect(accepted.conclusion).toBe('succeeded');
});

test('what policy refuses and cannot be read is inconclusive', async () => {
  for (const { digest, mediaType } of JSON.parse(server.store.manifest('acme/web', '1')?.bytes.toString() ?? '{}')
    .layers) {
    if (mediaType.includes('layer')) server.store.deleteBlob('acme/web', digest);
  }
  // What was read of a layer once is known without it.
  const unread = { 'layer-cache': 'false' };
  const { conclusion, image } = await scan({ refuse: 'shell', ...unread });
  expect(conclusion).toBe('incomplete');
  expect(image.gate.verdict).toBe('inconclusive');
  const shown = await scan({ hardening: 'true', ...unread });
  expect(shown.conclusion).toBe('succeeded');
});

test('an unknown fact is a usage error', async () => {
  const root = repository({});
  const world = createWorld({ cwd: root });
  const host = recordingHost({ command: 'scan', image: `${server.host}/acme/web:1`, refuse: 'shells' });
  expect(await run(host, world)).toBe('usage-error');
  await world.close();
  expect(host.logged.map(({ message }) => message).join()).toContain('cannot hold "shells"; use root-user, shell,');
});
