import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ImageIndex } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import type { TestRegistry } from '../../testing/registry.ts';
import { appLayer, architectures, type Bases, platformsIn } from './images.ts';
import { publish } from './publish.ts';
import type { Found, Program, Row } from './row.ts';
import { imageNames, releaseTags, type Site } from './site.ts';

const programs: Readonly<Record<Program, string>> = {
  cosign: 'signer',
  notation: 'signer',
  docker: 'docker',
  kubectl: 'kubectl',
  trivy: 'trivy',
};

/** Pushes the images of a row under a prefix that no other row has, and writes its folder. */
export async function openSite(registry: TestRegistry, bases: Bases, prefix: string, row: Row): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), 'bir-net-'));
  const root = join(folder, 'repository');
  const repository = (name: string) => `${prefix}/${name}`;
  const site: Site = {
    registry,
    bases,
    prefix,
    name: (name) => `${registry.host}/${repository(name)}`,
    repository,
    root,
    bin: join(folder, 'bin'),
    settings: join(folder, 'settings.yml'),
    digestOf: (image, tag) => registry.store.digestOf(repository(image), tag),
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
  await pushBase(site, 'debian', [bases.debian.v1, bases.debian.v2], '12');
  await pushBase(site, 'tools', [bases.tools.v1], '1');
  for (const name of imageNames) await publish(site, name, row.published ?? {});
  for (const name of imageNames) write(site, `${name}/Dockerfile`, dockerfileOf(site, name));
  await row.before?.(site);
  writeFileSync(site.settings, JSON.stringify(settingsOf(site, row)));
  await install(site, row);
  return site;
}

async function pushBase({ registry, repository }: Site, name: string, versions: readonly ImageIndex[], tag: string) {
  for (const version of versions) await pushImage(registry.store, repository(name), version, tag);
}

/** Writes a file of the repository. */
export function write({ root }: Pick<Site, 'root'>, path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function dockerfileOf(site: Site, name: string): string {
  return `FROM ${site.name('tools')}:1 AS build\nFROM ${site.name('debian')}:12\nCOPY --from=build srv/${name} /srv/\n`;
}

function settingsOf(site: Site, { settings = {} }: Row): object {
  return {
    tags: releaseTags,
    engine: 'rebase',
    // The folder is under no version control: there is no commit to build from.
    source: 'checkout',
    images: imageNames.map((name) => ({ name, dockerfile: `${name}/Dockerfile`, image: site.name(name) })),
    scanner: { tool: 'command', command: ['scan', '{image}', '{platform}', '{output}'], format: 'trivy' },
    ...(typeof settings === 'function' ? settings(site) : settings),
  };
}

async function install(site: Site, { programs: wanted = [], rules = [], findings = {} }: Row): Promise<void> {
  const inBin = { root: site.bin };
  write(inBin, 'rules.json', JSON.stringify(typeof rules === 'function' ? rules(site) : rules));
  const { bytes, descriptor, diffId } = await appLayer('built');
  const { mediaType } = descriptor;
  write(inBin, 'layer.json', JSON.stringify({ base64: bytes.toString('base64'), mediaType, diffId }));
  for (const name of wanted) {
    const script = fileURLToPath(new URL(`bin/${programs[name]}.mjs`, import.meta.url));
    writeProgram(site, name, `NET_PROGRAM=${name} exec "${process.execPath}" "${script}" "${site.bin}" "$@"`);
  }
  await installScanner(site, findings);
  for (const name of imageNames) {
    const state = { image: `${site.name(name)}:1`, generation: 1, looks: 9, slow: name === 'api' ? 2 : 1 };
    write(inBin, `cluster/${name}.json`, JSON.stringify(state));
  }
}

function writeProgram({ bin }: Site, name: string, line: string): void {
  write({ root: bin }, name, `#!/bin/sh\n${line}\n`);
  chmodSync(join(bin, name), 0o755);
}

// The reports that Trivy would write are there before: only which digest was asked for is not known yet.
async function installScanner(site: Site, findings: NonNullable<Row['findings']>): Promise<void> {
  for (const name of imageNames) {
    const app = await appLayer(name);
    for (const [at, architecture] of architectures.entries()) {
      const base = platformsIn(site.bases.debian.v2)[at]?.layers ?? [];
      const layers = [...base, app].map(({ diffId }) => diffId);
      const found = (findings[name] ?? []).filter(({ on = architecture }) => on === architecture);
      write({ root: site.bin }, `${name}-${architecture}.json`, reportOf(layers, architecture, found));
    }
  }
  const report = `name=\${1%@*}; sed "s|@IMAGE@|$1|g" "${site.bin}/\${name##*/}-\${2#*/}.json" > "$3"`;
  writeProgram(site, 'scan', report);
}

function reportOf(layers: readonly string[], architecture: string, found: readonly Found[]): string {
  const Vulnerabilities = found.map(({ id, severity, layer }) => ({
    VulnerabilityID: id,
    PkgName: 'openssl',
    PkgIdentifier: { PURL: 'pkg:deb/debian/openssl@3.0.20' },
    InstalledVersion: '3.0.20',
    FixedVersion: '3.0.22',
    Severity: severity,
    Layer: { DiffID: layers.at(layer) },
  }));
  return JSON.stringify({
    SchemaVersion: 2,
    ArtifactName: '@IMAGE@',
    ArtifactType: 'container_image',
    Metadata: {
      OS: { Family: 'debian', Name: '12' },
      ImageID: layers[0],
      DiffIDs: layers,
      RepoDigests: ['@IMAGE@'],
      ImageConfig: { architecture, os: 'linux', rootfs: { diff_ids: layers } },
    },
    // Without its list of packages a report names what was judged only where vulnerabilities were looked for.
    Results: [{ Target: 'debian', Class: 'os-pkgs', Vulnerabilities }],
  });
}
