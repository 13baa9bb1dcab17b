import { readFileSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import type { GatePolicy } from '../../core/gate/policy.ts';
import type { Digest } from '../../core/oci/digest.ts';
import { mediaTypes, type StoredManifest } from '../../core/oci/manifest.ts';
import type { Platform } from '../../core/oci/platform.ts';
import type { Reference } from '../../core/oci/reference.ts';
import type { Command, Exit, World } from '../../core/ports.ts';
import type { Registry } from '../../core/registry/registry.ts';
import type { Finding } from '../../core/scan/finding.ts';
import type { ScanTarget } from '../../core/scan/scanner.ts';
import type { ScannerConfig } from '../../core/scan/settings.ts';
import { createWorld } from '../../core/world.ts';
import { basicRegistries } from '../support/basic-registry.ts';

/** A report that real Trivy 0.68 made of a real image, descriptions and most packages left out. */
export function fixture(name: 'debian' | 'npm-on-alpine' | 'debian.sarif' | 'debian.cyclonedx'): string {
  return readFileSync(new URL(`../fixtures/trivy/${name}.json`, import.meta.url), 'utf8');
}

/** A report as Grype's documentation has it, of the same image as the Debian report of Trivy, written by hand. */
export function grypeFixture(): string {
  return readFileSync(new URL('../fixtures/grype/debian.json', import.meta.url), 'utf8');
}

export function targetOf(report: string, changes: Partial<ScanTarget> = {}): ScanTarget {
  const [repository = '', digest = ''] = String(JSON.parse(report).ArtifactName).split('@');
  const [registry = '', ...path] = repository.split('/');
  return {
    reference: { registry, repository: path.join('/'), digest: digest as Digest },
    platform: { os: 'linux', architecture: 'amd64' },
    baseLayers: [],
    ...changes,
  };
}

export function finding(changes: Partial<Finding> = {}): Finding {
  return {
    id: 'CVE-2026-1',
    aliases: [],
    title: 'a flaw',
    package: { name: 'openssl' },
    installed: '3.0.20',
    severity: 'high',
    owner: 'unknown',
    platforms: ['linux/amd64'],
    ...changes,
  };
}

export function config(
  changes: Partial<ScannerConfig['scanner']> = {},
  registry: Partial<ScannerConfig['registry']> = {},
) {
  return {
    scanner: { skipDatabaseUpdate: true, ...changes },
    registry: { credentials: {}, mirrors: {}, insecureHosts: [], concurrency: 4, deadline: 60_000, ...registry },
    concurrency: 4,
  } satisfies ScannerConfig;
}

/** The most lenient policy there is: under it only a scan that failed does not pass. */
export const lenient: GatePolicy = {
  severityThreshold: 'none',
  onlyFixable: true,
  newOnly: true,
  exceptions: [],
  allowUnrecognised: true,
};

export interface TrivyScript {
  readonly version?: string;
  /** Written to --output; no report is written without it. */
  readonly report?: string;
  readonly exit?: Exit;
  readonly download?: Exit;
  /** What scans answer one after the other, before the report is written. */
  readonly exits?: readonly Exit[];
  /** Of the database of Java archives. */
  readonly java?: { readonly metadata?: unknown; readonly download?: Exit };
  readonly env?: Readonly<Record<string, string>>;
  /** Bytes of the executable. */
  readonly program?: string;
  readonly database?: unknown;
}

export const done = { kind: 'exited', code: 0, stdout: '', stderr: '' } satisfies Exit;

/** A world whose files are real and whose processes answer as the script says; `commands` are those that were started. */
export async function trivyWorld(script: TrivyScript) {
  const real = createWorld();
  onTestFinished(() => real.close());
  const root = await real.files.temporaryDirectory('trivy-test');
  await real.files.write(`${root}/bin/trivy`, script.program ?? 'the program');
  if (script.database !== null) {
    const metadata = script.database ?? { Version: 2, UpdatedAt: '2026-11-20T00:00:00Z' };
    await real.files.write(`${root}/cache/db/metadata.json`, JSON.stringify(metadata));
    await real.files.write(`${root}/cache/db/trivy.db`, 'bolt');
  }
  const commands: (Command & { readonly dockerConfig: unknown; readonly inWorkingFolder: number })[] = [];
  if (script.java?.metadata !== undefined) {
    await real.files.write(`${root}/cache/java-db/metadata.json`, JSON.stringify(script.java.metadata));
    await real.files.write(`${root}/cache/java-db/trivy-java.db`, 'sqlite');
  }
  let scans = 0;
  const exec = async (command: Command): Promise<Exit> => {
    const dockerConfig = JSON.parse(await real.files.readText(`${command.env.DOCKER_CONFIG}/config.json`));
    const inWorkingFolder = (await real.files.list(command.cwd ?? '/')).length;
    commands.push({ ...command, dockerConfig, inWorkingFolder });
    if (command.args[0] === 'version') {
      return { ...done, stdout: JSON.stringify({ Version: script.version ?? '0.68.2' }) };
    }
    if (command.args.includes('--download-db-only')) return script.download ?? done;
    if (command.args.includes('--download-java-db-only')) return script.java?.download ?? done;
    const early = script.exits?.[scans++];
    if (early !== undefined) return early;
    const output = command.args[command.args.indexOf('--output') + 1] ?? '';
    if (script.report !== undefined) await real.files.write(output, script.report);
    return script.exit ?? done;
  };
  const env = { PATH: `relative:${root}/nothing:${root}/bin`, HOME: `${root}/home`, ...script.env };
  const world: World = { ...real, http: basicRegistries, exec, env, now: () => new Date('2026-11-21T00:00:00Z') };
  return { world, root, commands };
}

/** A registry that holds one image: an index of these children, or the single manifest of the reference. */
export function registryOf(
  children: readonly { readonly platform: Platform; readonly digest: Digest; readonly attestation?: boolean }[],
  single = false,
): Registry {
  const descriptor = (digest: Digest) => ({ mediaType: mediaTypes.ociManifest, digest, size: 1 });
  const manifest = async ({ digest }: Reference): Promise<StoredManifest> => {
    const child = children.find((entry) => entry.digest === digest);
    const bytes = new Uint8Array();
    if (child !== undefined || single) {
      const own = child?.digest ?? (digest as Digest);
      const config = descriptor(own);
      const statement = { ...descriptor(own), mediaType: mediaTypes.inToto };
      const isAttestation = child?.attestation === true;
      return {
        descriptor: descriptor(own),
        bytes,
        document: {
          kind: 'manifest',
          mediaType: mediaTypes.ociManifest,
          config: isAttestation ? { ...config, mediaType: mediaTypes.ociConfig } : config,
          layers: isAttestation ? [statement] : [],
          annotations: {},
        },
      };
    }
    const about = {
      'vnd.docker.reference.type': 'attestation-manifest',
      'vnd.docker.reference.digest': children[0]?.digest ?? '',
    };
    const manifests = children.map((entry) => ({
      ...descriptor(entry.digest),
      platform: entry.platform,
      ...(entry.attestation === true ? { annotations: about } : {}),
    }));
    return {
      descriptor: { ...descriptor(digest as Digest), mediaType: mediaTypes.ociIndex },
      bytes,
      document: { kind: 'index', mediaType: mediaTypes.ociIndex, manifests, annotations: {} },
    };
  };
  const read: Pick<Registry, 'manifest' | 'config'> = {
    manifest,
    config: async () => ({
      ...(children[0]?.platform ?? { os: 'linux', architecture: 'amd64' }),
      config: {},
      labels: {},
      diffIds: [],
      history: [],
      raw: {},
    }),
  };
  // A scan reads manifests and configurations, and nothing else.
  return read as Registry;
}

export type Path = readonly (string | number)[];

/** A JSON document with one value put at a path, or taken away. */
export function changed(json: string, path: Path, value: unknown): string {
  const document = JSON.parse(json);
  let parent = document;
  for (const key of path.slice(0, -1)) parent = parent[key];
  const last = path.at(-1) ?? '';
  if (value === undefined && Array.isArray(parent)) parent.splice(Number(last), 1);
  else if (value === undefined) delete parent[last];
  else parent[last] = value;
  return JSON.stringify(document);
}
