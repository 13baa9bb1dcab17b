import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reportFormats } from '../../core/report/formats.ts';
import type { RefreshReport, ReportedImage } from '../../core/report/report.ts';
import { namesOf } from '../../core/table.ts';
import { runCli } from './setup/cli.ts';
import { describeWith, program } from './setup/parts.ts';
import { must, type Ran } from './setup/run.ts';

// One that has kept nothing from earlier runs.
const freshMachine = (folder: string) => ({
  PATH: process.env.PATH ?? '',
  HOME: process.env.HOME ?? '',
  XDG_CACHE_HOME: join(folder, 'cache'),
});

// What npm has is packed, and unpacks itself for seconds each time it starts: the whole story has one that is unpacked.
describeWith(['trivy'], 'the demo', () => {
  let folder: string;
  let ran: Ran;
  let milliseconds: number;
  let report: RefreshReport;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'demo-'));
    const started = performance.now();
    ran = await runCli(['demo', '--scanner-path', program('trivy', 'trivy')], {
      cwd: folder,
      env: freshMachine(folder),
    });
    milliseconds = performance.now() - started;
    report = JSON.parse(await readFile(join(folder, '.base-image-refresh/report.json'), 'utf8'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const image = (name: string): ReportedImage => {
    const found = report.images.find((reported) => reported.name === name);
    if (found === undefined) throw new Error(`no ${name} in the report`);
    return found;
  };
  const ids = (findings: readonly { readonly id: string; readonly package: { readonly name: string } }[] = []) =>
    findings.map(({ id, package: { name } }) => `${id} ${name}`).sort();

  test('ends well, within a minute, with nothing to complain of', () => {
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    expect(milliseconds).toBeLessThan(60_000);
    expect(ran.stdout.replace(/\s+/g, ' ')).toContain('One image passed and is released on its new base.');
  });

  test('fetches Trivy on a fresh machine, once, and it runs', async () => {
    const machine = await mkdtemp(join(folder, 'fresh-'));
    const play = () => runCli(['demo', '--dry-run'], { cwd: machine, env: freshMachine(machine) });
    const [first, second] = [await play(), await play()];
    expect([first.code, second.code, first.stderr + second.stderr]).toEqual([0, 0, '']);
    expect(first.stdout).toContain('Fetching Trivy 0.68.2 from npm');
    expect(second.stdout).not.toContain('Fetching');
    expect(second.stdout.replace(/\s+/g, ' ')).toContain('Trivy 0.68.2 from npm, kept from an earlier run');
    const fetched = join(machine, 'cache/base-image-refresh/tools/trivy-0.68.2/bin/trivy');
    expect(await must(fetched, ['version', '--format', 'json'])).toContain('"Version"');
  });

  test('shows what real Trivy finds before and after', () => {
    const { before, fixed, introduced, findings, scanner } = image('platform').scan ?? {};
    expect(scanner?.name).toBe('trivy');
    expect(before).toHaveLength(12);
    expect(ids(fixed)).toEqual([
      'CVE-2026-103111 libpcre2-8-0',
      'CVE-2026-63072 libssl3',
      'CVE-2026-63072 openssl',
      'CVE-2026-75803 libssl3',
      'CVE-2026-75803 openssl',
      'CVE-2026-77696 libssl3',
      'CVE-2026-77696 openssl',
      'CVE-2026-8376 perl-base',
    ]);
    expect(ids(introduced)).toEqual(['CVE-2026-34743 xz-utils']);
    expect(findings).toHaveLength(5);
    expect(findings?.map(({ owner }) => owner)).toEqual(Array(5).fill('base'));
    expect(ids(image('web').scan?.fixed)).toEqual(ids(fixed));
  });

  test('promotes the image that passes and holds the one that does not', () => {
    const { promotion, gate, build } = image('platform');
    expect(gate?.verdict).toBe('pass');
    expect(promotion?.digest).toBe(build?.digest);
    expect(promotion?.tags.map(({ reference }) => reference.replace(/^.*\//, ''))).toEqual([
      'platform:1',
      'platform:latest',
    ]);
    const web = image('web');
    expect(web.gate?.breaches.map(({ finding: { id, severity } }) => `${id} ${severity}`)).toEqual([
      'CVE-2026-34743 medium',
    ]);
    expect([web.promotion, web.build?.pinned.map(({ digest }) => digest)]).toEqual([null, [build?.digest]]);
    const now = `sha256:${build?.digest.slice(7, 19)}`;
    expect(ran.stdout.match(new RegExp(`^ +demo/platform:(1|latest) .* → ${now}  promoted$`, 'gm'))).toHaveLength(2);
    expect(ran.stdout).toMatch(/^ +demo\/web:3 +sha256:[0-9a-f]{12} {2}left as it was$/m);
  });

  test('swaps layers without uploading one', () => {
    expect(report.images.map(({ build }) => build?.engine)).toEqual(['rebase', 'rebase']);
    expect(ran.stdout.replace(/\s+/g, ' ')).toContain('Layers mounted: 2, uploaded: 0.');
  });

  test('leaves the report files that it names', async () => {
    const files = ran.stdout.match(/^ +(\/.*\.base-image-refresh\/.*)$/gm)?.map((line) => line.trim()) ?? [];
    expect(files.map((file) => file.replace(/^.*\//, '')).sort()).toEqual(
      namesOf(reportFormats)
        .map((name) => reportFormats[name].file)
        .sort(),
    );
    for (const file of files) expect((await stat(file)).size, file).toBeGreaterThan(50);
  });

  test('is told in plain text of at most 80 columns', () => {
    expect(ran.stdout.split('\n').filter((line) => line.length > 80 && !line.includes(folder))).toEqual([]);
    expect(ran.stdout).not.toContain('\u001b');
  });
});
