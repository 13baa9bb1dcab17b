import { platformManifests } from '../baseline/published.ts';
import { fail } from '../failure.ts';
import { parseJson } from '../json.ts';
import type { Digest } from '../oci/digest.ts';
import { formatReference, type Reference, withDigest } from '../oci/reference.ts';
import type { World } from '../ports.ts';
import type { Registry } from '../registry/registry.ts';
import { type ExaminedProgram, examineProgram } from '../scan/denied.ts';
import { installableTrivy } from '../scan/install/releases.ts';
import { scannerProgram } from '../scan/program.ts';
import { type ScanTarget, scannedPlace } from '../scan/scanner.ts';
import { defaultScanner, type ScannerConfig, toolTimeout } from '../scan/settings.ts';
import { quietEnvironment, type SbomFormat, sbomArguments, trivyCacheDirectory } from '../scan/trivy/command.ts';
import { versionOfTrivy } from '../scan/trivy/program.ts';
import { exitFailure } from '../text/exit-words.ts';
import { pullCredentials } from '../tools/pull-credential.ts';
import { inToolSpace } from '../tools/tool-space.ts';
import type { Predicate } from './cosign.ts';

/** What a bill of materials is made with. */
export interface SbomContext {
  readonly world: World;
  readonly config: ScannerConfig;
  readonly registry: Registry;
  readonly log: (line: string) => void;
  readonly secret: (value: string) => void;
}

/** A bill of materials of each platform, by Trivy, whatever scans; CycloneDX unless another form is named; throws `missing-tool` or `sign-failed`. */
export async function sbomsOf(
  context: SbomContext,
  image: Reference & { readonly digest: Digest },
  format: SbomFormat = 'cyclonedx',
): Promise<readonly Predicate[]> {
  const { registry } = context;
  const manifests = await platformManifests(registry, { reference: image, manifest: await registry.manifest(image) });
  const program = await trivyFor(context);
  const made: Predicate[] = [];
  for (const { platform, manifest } of manifests) {
    const { digest } = manifest.descriptor;
    const target = { reference: withDigest(image, digest), platform, baseLayers: [] };
    const document = await makeSbom(context, program, target, format);
    made.push({ type: format === 'cyclonedx' ? 'cyclonedx' : 'https://spdx.dev/Document', digest, document });
  }
  return made;
}

async function trivyFor({ world, config, log }: SbomContext): Promise<ExaminedProgram> {
  const { tool = defaultScanner, path, ...others } = config.scanner;
  const scanner = tool === 'trivy' && path !== undefined ? { ...others, path } : others;
  const program = await examineProgram(world, await scannerProgram(world, installableTrivy, scanner, log));
  await inToolSpace(world, 'trivy', {}, (space) => versionOfTrivy(world, program, space));
  return program;
}

async function makeSbom(
  { world, config, log, secret }: SbomContext,
  { file }: ExaminedProgram,
  target: ScanTarget,
  format: SbomFormat,
): Promise<object> {
  const subject = formatReference(target.reference);
  const place = scannedPlace(config, target);
  const find = pullCredentials(world, config.registry, { secret, note: log });
  const credentials = { [place.endpoint.registry]: await find(place, target.reference.digest) };
  return inToolSpace(world, 'trivy-sbom', credentials, async (space) => {
    const output = space.file('sbom.json');
    const exit = await world.exec({
      file,
      args: sbomArguments(config, trivyCacheDirectory(world, config), target, output, format),
      env: { ...space.env, ...quietEnvironment },
      cwd: space.cwd,
      timeout: toolTimeout,
      onLine: log,
    });
    if ((await world.files.stat(output)).kind === 'file')
      return parsed(await world.files.readText(output), subject, format);
    const problem = 'Trivy made no bill of materials';
    const remedy = 'leave sbom out of attest';
    throw exitFailure(exit, { code: 'sign-failed', subject, step: 'trivy', problem, remedy });
  });
}

// What a document of each form has.
const marks: Readonly<Record<SbomFormat, string>> = { cyclonedx: 'bomFormat', 'spdx-json': 'spdxVersion' };

function parsed(text: string, subject: string, format: SbomFormat): object {
  try {
    const document: unknown = parseJson(text);
    if (typeof document === 'object' && document !== null && marks[format] in document) return document;
  } catch {
    // Logged below, as for any other text.
  }
  throw fail(
    'sign-failed',
    subject,
    `Trivy made a bill of materials that is not ${format === 'cyclonedx' ? 'CycloneDX' : 'SPDX'}`,
    'leave sbom out of attest',
  );
}
