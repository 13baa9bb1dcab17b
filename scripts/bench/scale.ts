import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bench, Outcome } from './bench.ts';
import { inTurn, measured, medianOf, peakOf, time } from './measure.ts';
import { startRegistryProcess } from './registry.ts';

const [images, each] = [200, 500];

/** A scan of 200 images with 500 findings each: read, normalised, merged, gated, rendered in every format. */
export async function scale(bench: Bench): Promise<Outcome> {
  const registry = await startRegistryProcess(bench, { latency: 0, tokens: false });
  try {
    const digests = await registry.fill({ kind: 'images', count: images, bases: 1 });
    const reports = join(bench.folder, 'scans');
    await mkdir(reports);
    for (const [at, digest] of digests.entries()) {
      await writeFile(join(reports, `${digest}.json`), trivyReport(`${registry.host}/team/${at}@${digest}`, at));
    }
    const config = join(bench.folder, 'policy.yml');
    // What the scanner itself takes is not ours: its reports are there already.
    await writeFile(
      config,
      `scanner:\n  tool: command\n  format: trivy\n  command: [cat, "${reports}/{digest}.json"]\n`,
    );
    const output = join(bench.folder, 'reports');
    const references = digests.map((_, at) => `${registry.host}/team/${at}:1`);
    const args = [
      bench.cli,
      'scan',
      ...references,
      '--config',
      config,
      '--allow',
      'scanner-command',
      '--output-dir',
      output,
    ];
    const program = { file: process.execPath, args, codes: [1] };
    const samples = await inTurn(bench.runs, {
      scan: async () => {
        await rm(output, { recursive: true, force: true });
        const { milliseconds } = await time(program);
        const found = findingsIn(await readFile(join(output, 'report.json'), 'utf8'));
        if (found !== images * each) throw new Error(`the report has ${found} findings`);
        return { milliseconds };
      },
    });
    const megabytes = await peakOf(program, bench.folder);
    const row = measured(
      'base-image-refresh scan',
      (samples.scan ?? []).map((sample) => ({ ...sample, megabytes })),
    );
    const seconds = (medianOf(row) ?? Number.NaN) / 1000;
    return {
      title: `${images * each} findings in ${images} images, reports in every format`,
      rows: [row],
      targets: [
        { text: 'at most 10 s', measured: `${seconds.toFixed(2)} s`, isMet: seconds <= 10 },
        { text: 'at most 500 MB', measured: `${megabytes.toFixed(0)} MB`, isMet: megabytes <= 500 },
      ],
    };
  } finally {
    await registry.stop();
  }
}

function findingsIn(report: string): number {
  const { images: scanned } = JSON.parse(report) as {
    readonly images: readonly { readonly scan: { readonly findings: readonly unknown[] } | null }[];
  };
  return scanned.reduce((sum, { scan }) => sum + (scan?.findings.length ?? 0), 0);
}

const severities = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'UNKNOWN'];

// As Trivy writes it, schema version 2; a tenth of the findings are the same everywhere, as those of a shared base are.
function trivyReport(name: string, image: number): string {
  const diffId = `sha256:${'1'.repeat(64)}`;
  const vulnerability = (_: unknown, number: number) => {
    const shared = number % 10 === 0;
    const id = `CVE-2026-${shared ? 10_000 + number : 20_000 + image * each + number}`;
    const pkg = `package-${number % 80}`;
    return {
      VulnerabilityID: id,
      PkgName: pkg,
      PkgIdentifier: { PURL: `pkg:deb/debian/${pkg}@1.0.${number}-1?arch=amd64&distro=debian-12.15` },
      InstalledVersion: `1.0.${number}-1`,
      ...(number % 3 === 0 ? {} : { FixedVersion: `1.0.${number}-1+deb12u1` }),
      Severity: severities[number % severities.length],
      SeveritySource: 'debian',
      Title: `${pkg}: a weakness that lets somebody do what they should not, described in a line of the usual length`,
      PrimaryURL: `https://avd.aquasec.com/nvd/${id.toLowerCase()}`,
      PublishedDate: '2026-05-01T12:00:00Z',
      Layer: { DiffID: diffId },
      CVSS: { nvd: { V3Score: 7.5 } },
    };
  };
  return JSON.stringify({
    SchemaVersion: 2,
    ArtifactName: name,
    ArtifactType: 'container_image',
    Metadata: {
      OS: { Family: 'debian', Name: '12.15' },
      ImageID: diffId,
      DiffIDs: [diffId],
      RepoDigests: [name],
      ImageConfig: { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [diffId] } },
    },
    Results: [
      {
        Target: `${name} (debian 12.15)`,
        Class: 'os-pkgs',
        Type: 'debian',
        Packages: Array.from({ length: 80 }, (_, number) => ({ Name: `package-${number}` })),
        Vulnerabilities: Array.from({ length: each }, vulnerability),
      },
    ],
  });
}
