import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { annotationKeys } from '../../core/oci/manifest.ts';
import { type Image, type ImageIndex, makeImage, makeIndex, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { type Kill, type Ran, run } from '../e2e/setup/run.ts';
import { runHere } from '../support/command-line.ts';

/** How an image of the fleet is known: what it is built on is the base or another image. */
export interface FleetImage {
  readonly name: string;
  readonly on?: string;
}

/** A repository of many images on one base that has moved, in a registry of this process. */
export interface FleetSite {
  readonly registry: TestRegistry;
  readonly folder: string;
  /** The configuration, which is the run's. */
  readonly settings: string;
  readonly images: readonly FleetImage[];
  /** `HOST/fleet/NAME`. */
  repository(name: string): string;
  released(name: string, tag?: string): string | undefined;
  readonly old: ReadonlyMap<string, string>;
  /** Writes the configuration of the run with other settings. */
  configure(settings: object): void;
  /** Moves the base on. */
  moveBase(content: string): Promise<ImageIndex>;
  /** Whether every platform of a digest was scanned as that digest. */
  wasScanned(name: string, digest: string | undefined): boolean;
  /** Runs the command line in the folder, without a process of its own. */
  bir(args: readonly string[]): Promise<Ran>;
  /** Runs the released command line in the folder, as a process that can be killed. */
  start(cli: string, args: readonly string[], onStart: (kill: Kill) => void): Promise<Ran>;
  close(): Promise<void>;
}

export const tags = ['1', '1.2'] as const;
const osRelease = { 'etc/os-release': 'ID=debian\nVERSION_ID="12"\n', 'lib/x86_64-linux-gnu/libc.so.6': '' };
/** The one platform that there is. */
export const platform = { os: 'linux', architecture: 'amd64' };

/** Publishes the images on the base as it was, moves the base, and writes the repository. */
export async function openFleet(images: readonly FleetImage[], settings: object = {}): Promise<FleetSite> {
  const folder = mkdtempSync(join(tmpdir(), 'bir-fleet-'));
  const registry = await startRegistry();
  const { store, host } = registry;
  const baseName = `${host}/library/base:1`;
  const moveBase = async (content: string) => {
    const base = makeIndex([await baseOf(content)]);
    await pushImage(store, 'library/base', base, '1');
    return base;
  };
  const made = new Map<string, { readonly index: ImageIndex; readonly image: Image }>();
  const before = await baseOf('v1');
  const base = makeIndex([before]);
  await pushImage(store, 'library/base', base, '1');
  for (const { name, on } of images) {
    const parent = on === undefined ? { index: base, image: before } : made.get(on);
    if (parent === undefined) throw new Error(`${on} comes after ${name}`);
    const layer = await makeLayer({ [`srv/${name}`]: name });
    const image = makeImage({ base: parent.image, layers: [layer], platform, config: { User: '1000' } });
    const reference = on === undefined ? baseName : `${host}/fleet/${on}:1`;
    const record = [{ reference, digest: parent.index.descriptor.digest }];
    const index = makeIndex([image], { annotations: { [annotationKeys.bases]: JSON.stringify(record) } });
    made.set(name, { index, image });
    for (const tag of tags) await pushImage(store, `fleet/${name}`, index, tag);
  }
  const log = join(folder, 'scanned.txt');
  const root = join(folder, 'repository');
  mkdirSync(root);
  for (const { name, on } of images) {
    const from = on === undefined ? baseName : `${host}/fleet/${on}:1`;
    writeFileSync(join(root, `${name}.Dockerfile`), `FROM ${from}\nCOPY srv/${name} /srv/\n`);
  }
  const configure = (own: object) =>
    writeFileSync(join(folder, 'settings.yml'), JSON.stringify(settingsOf(folder, log, host, images, own)));
  configure(settings);
  await moveBase('v2');
  const env = { PATH: '/usr/bin:/bin', HOME: folder, TMPDIR: tmpdir() };
  const withConfig = (args: readonly string[]) => [...args, '--config', join(folder, 'settings.yml')];
  return {
    registry,
    folder: root,
    settings: join(folder, 'settings.yml'),
    images,
    repository: (name) => `${host}/fleet/${name}`,
    released: (name, tag = tags[0]) => store.digestOf(`fleet/${name}`, tag),
    old: new Map([...made].map(([name, { index }]) => [name, index.descriptor.digest])),
    configure,
    moveBase,
    wasScanned: (name, digest) => {
      const scanned = existsSync(log) ? readFileSync(log, 'utf8') : '';
      const index = JSON.parse(store.manifest(`fleet/${name}`, digest ?? '')?.bytes.toString() ?? '{"manifests":[]}');
      const images: readonly { digest: string; platform: { os: string } }[] = index.manifests;
      const platforms = images.filter((each) => each.platform.os !== 'unknown');
      return platforms.length > 0 && platforms.every((each) => scanned.includes(each.digest));
    },
    bir: (args) => runHere(withConfig(args), { cwd: root, env }),
    start: (cli, args, onStart) => run(process.execPath, [cli, ...withConfig(args)], { cwd: root, env, onStart }),
    close: async () => {
      await registry.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Puts the recipe of a plan into the record of a promotion, as whoever may push can. */
export function forgeRecord({ registry: { store } }: FleetSite, name: string, digest: string, recipe: string): void {
  const tag = `bir-p1-${digest.slice('sha256:'.length)}`;
  const manifest = JSON.parse(store.manifest(`fleet/${name}`, tag)?.bytes.toString() ?? '');
  const [key = ''] = Object.keys(manifest.annotations).filter((name) => manifest.annotations[name].startsWith('{'));
  const record = { ...JSON.parse(manifest.annotations[key]), recipe };
  const bytes = Buffer.from(
    JSON.stringify({ ...manifest, annotations: { ...manifest.annotations, [key]: JSON.stringify(record) } }),
  );
  store.putManifest(`fleet/${name}`, bytes, { mediaType: manifest.mediaType, tag });
}

/** The base with one content or another. */
export async function baseOf(content: string): Promise<Image> {
  return makeImage({ layers: [await makeLayer({ ...osRelease, 'etc/base': content })], platform });
}

function settingsOf(
  folder: string,
  log: string,
  host: string,
  images: readonly FleetImage[],
  settings: object,
): object {
  const tools = { components: [{ type: 'application', name: 'grype', version: '1' }] };
  const metadata = { tools, component: { type: 'container', name: 'any image' } };
  const bom = { bomFormat: 'CycloneDX', specVersion: '1.5', metadata, components: [], vulnerabilities: [] };
  writeFileSync(join(folder, 'bom.json'), JSON.stringify(bom));
  const scan = `echo "$1" >> ${log}; exec cat ${join(folder, 'bom.json')}`;
  return {
    tags,
    engine: 'rebase',
    source: 'checkout',
    images: images.map(({ name }) => ({ name, dockerfile: `${name}.Dockerfile`, image: `${host}/fleet/${name}` })),
    gate: { 'allow-unrecognised': 'true' },
    scanner: { tool: 'command', command: ['/bin/sh', '-c', scan, 'scan', '{image}'], format: 'cyclonedx' },
    ...settings,
  };
}
