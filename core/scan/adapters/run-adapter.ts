import pLimit from 'p-limit';
import { fail } from '../../failure.ts';
import { formatPlatform } from '../../oci/platform.ts';
import { formatReference } from '../../oci/reference.ts';
import type { Exit, World } from '../../ports.ts';
import type { Credential } from '../../registry/auth/credential.ts';
import { exitFailure, exitWords } from '../../text/exit-words.ts';
import { findTool, type ToolQuery } from '../../tools/find-tool.ts';
import { pullCredentials } from '../../tools/pull-credential.ts';
import { scannerCredentials } from '../../tools/registry-login.ts';
import { inToolSpace } from '../../tools/tool-space.ts';
import { type ExaminedProgram, examineProgram } from '../denied.ts';
import { readReportFile } from '../document.ts';
import { type PlatformScan, type Scanner, type ScanTarget, scannedPlace } from '../scanner.ts';
import {
  handedOn,
  type ScannerConfig,
  type ScannerOptions,
  type ScannerSettings,
  scansAtOnce,
  toolTimeout,
} from '../settings.ts';
import { type Adapter, variablesOf } from './adapter.ts';
import { pullImage } from './pull.ts';

/** A scanner of another maker, started where it is installed and believed where its documented report is whole. */
export function adapterScanner(
  world: World,
  config: ScannerConfig,
  adapter: Adapter,
  options: ScannerOptions = {},
): Scanner {
  const secret = options.secret ?? (() => {});
  const log = options.log ?? (() => {});
  const pull = pullCredentials(world, config.registry, handedOn(options));
  const login = scannerCredentials(world, config.registry, secret);
  const limit = pLimit(scansAtOnce(config));
  let examined: Promise<ExaminedProgram> | undefined;
  let said: Promise<string> | undefined;
  const scan = async (target: ScanTarget): Promise<PlatformScan> => {
    examined ??= findTool(world, adapterQuery(adapter, config.scanner)).then((found) => examineProgram(world, found));
    const { file, binary } = await examined;
    const variables = variablesFor(world, adapter, secret);
    const place = scannedPlace(config, target);
    const { endpoint, repository } = place;
    const image = `${endpoint.registry}/${repository}@${target.reference.digest}`;
    // Tools that sign in by themselves take a name and a password, and no token.
    const signsIn = adapter.login !== undefined;
    const handed = await (signsIn ? login(endpoint.registry) : pull(place, target.reference.digest));
    return inToolSpace(world, 'scan', { [endpoint.registry]: handed }, async (space) => {
      const shown = { image, platform: formatPlatform(target.platform) };
      if (adapter.reads === 'docker') await pullImage(world, adapter.name, shown, space, log);
      const output = space.file('report.json');
      const args = adapter.args({ ...shown, output, env: variables });
      const env = { ...space.env, ...variables, ...loginFor(adapter, handed) };
      const exit = await world.exec({
        file,
        args,
        env,
        cwd: space.cwd,
        timeout: toolTimeout,
        onLine: log,
        answers: true,
      });
      const { name, version, database, ...rest } = await readExit(world, adapter, target, output, exit);
      const asked = () => (said ??= versionSaid(world, adapter, file));
      // It was started on this image, to look for vulnerabilities and for nothing else.
      const unproven = rest.unproven.filter(({ proof }) => proof === 'distribution');
      const { findings, inventory } = rest;
      const scanner = { name, version: version ?? (await asked()), database, binary };
      return { scanner, findings, unproven, ...(inventory === undefined ? {} : { inventory }) };
    });
  };
  return { name: adapter.name, scan: (target) => limit(() => scan(target)) };
}

/** What is looked for on this machine. */
export function adapterQuery({ name, program }: Adapter, { path }: Pick<ScannerSettings, 'path'>): ToolQuery {
  const remedy = `install ${name}, or name its executable with --scanner-path`;
  return { name: program, remedy, ...(path === undefined ? {} : { path }) };
}

// That a tool does not tell its version is no reason not to believe its report.
async function versionSaid(world: World, { version }: Adapter, file: string): Promise<string> {
  const exit = await inToolSpace(world, 'version', {}, ({ env, cwd }) =>
    world.exec({ file, args: version, env, cwd, timeout: 60_000 }),
  );
  const [said = 'unknown'] = exit.kind === 'exited' ? (/\d+\.\d[\w.+-]*/.exec(exit.stdout) ?? []) : [];
  return said;
}

function variablesFor(
  world: World,
  { name, variables, secrets, required }: Adapter,
  secret: (value: string) => void,
): Readonly<Record<string, string>> {
  const found = variablesOf(world, [...variables, ...secrets]);
  const missing = required.find((names) => names.every((each) => found[each] === undefined));
  if (missing !== undefined) {
    throw fail('scan-failed', name, `needs ${missing.join(' or ')} in the environment`, 'set it for this step');
  }
  for (const each of secrets) if (found[each] !== undefined) secret(found[each]);
  return found;
}

function loginFor({ login }: Adapter, credential: Credential): Readonly<Record<string, string>> {
  if (login === undefined || credential.kind !== 'basic') return {};
  return { [login.username]: credential.username, [login.password]: credential.password };
}

async function readExit(world: World, adapter: Adapter, target: ScanTarget, output: string, exit: Exit) {
  const subject = formatReference(target.reference);
  const written = (await world.files.stat(output)).kind === 'file';
  if (exit.kind !== 'exited' || !adapter.exits.includes(exit.code) || !written) {
    const problem = `${adapter.name} made no report`;
    const remedy = `run ${adapter.program} by hand on it to see why`;
    throw exitFailure(exit, { code: 'scan-failed', subject, step: adapter.program, problem, remedy });
  }
  const of = { tool: adapter.name, subject };
  const read = adapter.read(await readReportFile(world.files, output, of), target, of);
  // One that found nothing, and has no policy of its own against the image, had no reason to end so.
  if (exit.code !== 0 && read.findings.length === 0 && read.refused !== true) {
    throw fail('scan-failed', subject, `${adapter.name} reported no findings, but it ${exitWords(exit)}`);
  }
  return read;
}
