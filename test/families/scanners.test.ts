import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { scannersAtHand } from '../../core/doctor/environment/scanner.ts';
import { scannerFindings } from '../../core/doctor/environment/scanner-findings.ts';
import { createScanner } from '../../core/scan/choose.ts';
import { scannerKeys } from '../../core/scan/config.ts';
import type { ScannerDefinition } from '../../core/scan/definition.ts';
import { scannerInputs } from '../../core/scan/inputs.ts';
import { readScannerSettings } from '../../core/scan/read-settings.ts';
import { adapted, type Scanners, scanners } from '../../core/scan/scanners.ts';
import type { ScannerName } from '../../core/scan/settings.ts';
import { createSettings } from '../../core/settings/create-settings.ts';
import { namesOf } from '../../core/table.ts';
import { createWorld } from '../../core/world.ts';
import { adapterTable, installTable, scannerTable } from '../../scripts/generate/families.ts';
import { read } from '../doctor/support.ts';
import { recordingHost } from '../hosts/recording-host.ts';
import { repository } from '../hosts/repository.ts';
import { config, fixture, targetOf } from '../scan/support.ts';

const platform = { file: 'lynx_1.2.3_linux.tar.gz', sha256: 'a'.repeat(64) };
const lynx: ScannerDefinition = {
  product: 'Lynx',
  tested: 'nothing',
  knowledge: 'service',
  create: () => ({
    name: 'lynx',
    scan: async () => ({ scanner: { name: 'lynx', version: '1.2.3', database: null }, findings: [] }),
  }),
  program: {
    query: () => ({ name: 'lynx', remedy: 'install Lynx' }),
    version: { kind: 'asked', args: ['--what'] },
    required: [['LYNX_TOKEN', 'LYNX_KEY']],
  },
  installable: {
    name: 'lynx',
    title: 'Lynx',
    publisher: 'https://lynx.example/releases',
    releases: [{ version: '1.2.3', assets: { 'linux-x64': platform } }],
  },
  database: async () => ({ kind: 'there', updatedAt: '2026-11-20T00:00:00Z', expired: true }),
};
const table = { ...scanners, lynx };
const name = 'lynx' as ScannerName;
const target = targetOf(fixture('debian'));

function worldOf() {
  const root = repository({ 'bin/.keep': '' });
  writeFileSync(join(root, 'bin/lynx'), '#!/bin/sh\n[ "$1" = --what ] && echo "lynx v1.2.3"\n', { mode: 0o755 });
  const world = createWorld({ cwd: root });
  onTestFinished(() => world.close());
  return { ...world, env: { PATH: join(root, 'bin') }, now: () => new Date('2026-11-21T00:00:00Z') };
}

test('the choices of input and file are the names in the table', () => {
  const [input] = scannerInputs;
  expect(input.kind).toEqual({ choice: namesOf(scanners) });
  expect(scannerKeys.tool.shape).toMatchObject({ input: { kind: { choice: namesOf(scanners) } } });
});

test('a scanner that joins the table is chosen by its name, and installed', () => {
  const given = (inputs: Readonly<Record<string, string>>) =>
    readScannerSettings(
      createSettings(recordingHost(inputs), undefined, scannerInputs),
      undefined,
      worldOf(),
      { azureToken: undefined, installsAbsent: false },
      table,
    );
  expect(given({ scanner: 'lynx', 'scanner-install': 'true', 'scanner-version': 'v1.2.3' })).toMatchObject({
    tool: 'lynx',
    install: true,
    version: '1.2.3',
  });
  expect(given({ scanners: 'lynx,trivy', 'scanner-path': 'lynx=lynx-2,trivy=trivy-2' })).toMatchObject({
    tool: 'lynx',
    path: 'lynx-2',
    beside: [{ tool: 'trivy', path: 'trivy-2' }],
  });
  expect(() => given({ scanner: 'lynx', 'scanner-install': 'true', 'scanner-version': '9' })).toThrow(
    'give one of 1.2.3',
  );
  expect(() => given({ scanner: 'linx' })).toThrow('the nearest valid value is lynx');
});

test('it is created, and its knowledge decides what the age of a database means', async () => {
  const settings = config({ tool: name, databaseMaxAge: 1 });
  const made = createScanner(worldOf(), settings, {}, table);
  expect(made.name).toBe('lynx');
  expect((await made.scan(target)).findings).toEqual([]);
  const local: Scanners = { ...table, ...{ lynx: { ...lynx, knowledge: 'database' as const } } };
  await expect(createScanner(worldOf(), settings, {}, local).scan(target)).rejects.toThrow(
    'lynx: names no date of its vulnerability database',
  );
});

test('doctor finds it, what it needs and the age of its database', async () => {
  const facts = await scannersAtHand({ world: worldOf(), config: config({ tool: name }) }, table);
  expect(read(scannerFindings(facts))).toEqual([
    expect.stringMatching(/^ok scanner: lynx 1\.2\.3 at .*\/bin\/lynx$/),
    'problem scanner lynx: needs LYNX_TOKEN or LYNX_KEY in the environment; set it for this step',
    expect.stringContaining('warning database of lynx: dates from 2026-11-20, 1 day ago, and a newer one is due'),
  ]);
});

test('documentation has it', () => {
  expect(scannerTable(table)).toMatch(/\| Lynx +\| `lynx` +\| a service +\| nothing +\|/);
  expect(installTable(table)).toMatch(/\| Lynx +\| 1\.2\.3 +\| linux-x64 +\|/);
});

test('an adapter that joins the adapters is a scanner with all of this', () => {
  const adapter = {
    name: 'Ocelot',
    program: 'ocelot',
    variables: ['OCELOT_ORG'],
    secrets: ['OCELOT_TOKEN'],
    required: [['OCELOT_TOKEN']],
    reads: 'registry',
    version: ['version'],
    args: ({ image, output }: { readonly image: string; readonly output: string }) => ['scan', image, '-o', output],
    exits: [0],
    read: () => ({ name: 'ocelot', version: null, database: null, findings: [], unproven: [] }),
  } as const;
  const { ocelot } = adapted({ ocelot: adapter });
  expect(ocelot).toMatchObject({ product: 'Ocelot', knowledge: 'service' });
  expect(ocelot.create(worldOf(), config(), {}).name).toBe('Ocelot');
  expect(ocelot.program?.query(config().scanner)).toEqual({
    name: 'ocelot',
    remedy: 'install Ocelot, or name its executable with --scanner-path',
  });
  expect(ocelot.program?.required).toEqual([['OCELOT_TOKEN']]);
  expect(adapterTable({ ocelot: adapter })).toContain(
    '| `ocelot`       | `ocelot scan … -o …` | `OCELOT_TOKEN`, `OCELOT_ORG` (optional) | read from the registry |',
  );
});
