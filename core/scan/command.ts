import pLimit from 'p-limit';
import { fail } from '../failure.ts';
import { formatPlatform } from '../oci/platform.ts';
import { formatReference } from '../oci/reference.ts';
import type { World } from '../ports.ts';
import { exitFailure, exitWords } from '../text/exit-words.ts';
import { findTool, type ToolQuery } from '../tools/find-tool.ts';
import { pullCredentials } from '../tools/pull-credential.ts';
import { inToolSpace } from '../tools/tool-space.ts';
import { type ExaminedProgram, examineProgram, refuseDenied } from './denied.ts';
import { type ReportOf, readReportFile } from './document.ts';
import { readCycloneDx } from './formats/cyclonedx.ts';
import type { ImportedScan } from './formats/imported.ts';
import { readSarif } from './formats/sarif.ts';
import { readGrypeReport } from './grype/report.ts';
import { narrowedBy } from './narrowed.ts';
import type { Proof } from './proof.ts';
import { type PlatformScan, type Scanner, type ScanTarget, scannedPlace } from './scanner.ts';
import {
  handedOn,
  type ScannerConfig,
  type ScannerFormat,
  type ScannerOptions,
  type ScannerSettings,
  scansAtOnce,
  toolTimeout,
} from './settings.ts';
import { saysNoPackages } from './trivy/families.ts';
import { undeniedVersion } from './trivy/program.ts';
import { readTrivyReport } from './trivy/report.ts';

/** Any scanner that a command starts and that writes a report in a known format. */
export function commandScanner(world: World, config: ScannerConfig, options: ScannerOptions = {}): Scanner {
  const { command = [], format } = config.scanner;
  const [program, ...template] = command;
  if (program === undefined || format === undefined) {
    throw fail('config', 'scanner.command', 'needs a program and the format of its report', 'give command and format');
  }
  const credential = pullCredentials(world, config.registry, handedOn(options));
  const limit = pLimit(scansAtOnce(config));
  let examined: Promise<CommandProgram> | undefined;
  const scan = async (target: ScanTarget): Promise<PlatformScan> => {
    examined ??= findTool(world, commandQuery(config.scanner)).then((found) => examineCommand(world, program, found));
    const { file, version } = await examined;
    const place = scannedPlace(config, target);
    const host = place.endpoint.registry;
    const of = { tool: program, subject: formatReference(target.reference) };
    return inToolSpace(world, 'scan', { [host]: await credential(place, target.reference.digest) }, async (space) => {
      const output = space.file('report');
      const args = fill(template, config, target, output);
      const heard: { noPackages?: true } = {};
      const onLine = (line: string) => {
        if (format === 'trivy' && saysNoPackages(line)) heard.noPackages = true;
        options.log?.(line);
      };
      const env = { env: space.env, cwd: space.cwd };
      const exit = await world.exec({ file, args, ...env, timeout: toolTimeout, onLine, answers: true });
      const written = (await world.files.stat(output)).kind === 'file';
      if (exit.kind !== 'exited' || (!written && usesOutput(template))) {
        const problem = `${program} made no report`;
        throw exitFailure(exit, { code: 'scan-failed', subject: of.subject, step: program, problem });
      }
      const report = written ? await readReportFile(world.files, output, of) : exit.stdout;
      const read = readReport(format, report, target, of);
      // Many scanners end with another code because of findings; one that found nothing had no such reason.
      if (exit.code !== 0 && read.findings.length === 0) {
        throw fail('scan-failed', of.subject, `${program} reported no findings, but it ${exitWords(exit)}`);
      }
      for (const said of read.versions ?? [])
        refuseDenied('scan-failed', of.subject, { name: read.name, version: said });
      const known = { ...read, version: read.version ?? version ?? null };
      return scanOf(known, command, heard.noPackages === true);
    });
  };
  return { name: program, scan: (target) => limit(() => scan(target)) };
}

interface CommandProgram extends ExaminedProgram {
  readonly version?: string | undefined;
}

// Trivy says its version in JSON since 0.69.0, so a report without one is of no later release, whatever was started.
async function examineCommand(world: World, program: string, found: string): Promise<CommandProgram> {
  const examined = await examineProgram(world, found);
  if (!isTrivy(program)) return examined;
  const version = await inToolSpace(world, 'trivy', {}, (space) => undeniedVersion(world, examined.file, space));
  return { ...examined, version };
}

function isTrivy(program: string): boolean {
  return /(?:^|[\\/])trivy(?:\.exe)?$/.test(program);
}

function scanOf(read: ImportedScan, command: readonly string[], noPackages: boolean): PlatformScan {
  const { name, version, database, findings } = read;
  const proved = provedBy(command);
  const open = read.unproven.filter(({ proof }) => !proved.has(proof));
  const narrowed = open.some(({ proof }) => proof === 'search') ? [] : narrowedBy(command);
  const inventory = noPackages ? { ...read.inventory, packages: findings.length } : read.inventory;
  return {
    scanner: { name, version: version ?? 'unknown', database },
    findings,
    ...(inventory === undefined ? {} : { inventory }),
    unproven: [...open, ...narrowed],
  };
}

/** What is looked for on this machine: the first word of the command. */
export function commandQuery({ command: [program = ''] = [] }: Pick<ScannerSettings, 'command'>): ToolQuery {
  return { name: program, path: program, remedy: 'install it, or correct scanner.command' };
}

// What a command line proves that its report need not: which image it is given, and what Trivy is asked to look for.
function provedBy(command: readonly string[]): ReadonlySet<Proof> {
  const isGiven = command.some((argument) => /\{(?:image|digest)\}/.test(argument));
  return new Set([...(isGiven ? (['image'] as const) : []), ...(searches(command) ? (['search'] as const) : [])]);
}

// Trivy's own arguments, where it is started without a script in between, say what it looks for.
function searches([program = '', ...args]: readonly string[]): boolean {
  if (!isTrivy(program) || args.some((arg) => /^(?:-c|--config)(?:=|$)/.test(arg))) return false;
  const at = args.findIndex((arg) => /^--(?:scanners|security-checks)(?:=|$)/.test(arg));
  const list = at < 0 ? 'vuln' : (/=(.*)$/.exec(args[at] ?? '')?.[1] ?? args[at + 1] ?? '');
  // Of its bill of materials looking for vulnerabilities is no default.
  const isBom = args.some((arg) => /^(?:--format=)?(?:cyclonedx|spdx|spdx-json)$/.test(arg));
  return list.split(',').includes('vuln') && !(at < 0 && isBom);
}

function usesOutput(template: readonly string[]): boolean {
  return template.some((argument) => argument.includes('{output}'));
}

function fill(template: readonly string[], config: ScannerConfig, target: ScanTarget, output: string): string[] {
  const { endpoint, repository } = scannedPlace(config, target);
  const { digest } = target.reference;
  const values = new Map(
    Object.entries({
      image: `${endpoint.registry}/${repository}@${digest}`,
      platform: formatPlatform(target.platform),
      registry: endpoint.registry,
      repository,
      digest,
      output,
    }),
  );
  return template.map((argument) => argument.replace(/\{(\w+)\}/g, (whole, name: string) => values.get(name) ?? whole));
}

function readReport(format: ScannerFormat, text: string, target: ScanTarget, of: ReportOf): ImportedScan {
  switch (format) {
    case 'trivy': {
      const read = readTrivyReport(text, target);
      return { name: 'trivy', version: read.versions[0] ?? null, database: null, ...read };
    }
    case 'grype':
      return { name: 'grype', ...readGrypeReport(text, target) };
    case 'sarif':
      return readSarif(text, target, of);
    case 'cyclonedx':
      return readCycloneDx(text, target, of);
  }
}
