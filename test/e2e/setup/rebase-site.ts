import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Digest } from '../../../core/oci/digest.ts';
import { run } from '../../../core/run.ts';
import { createWorld } from '../../../core/world.ts';
import { type Image, makeImage, makeIndex, makeLayer } from '../../../testing/images.ts';
import { pushImage } from '../../../testing/push.ts';
import { type Store, startRegistry, type TestRegistry } from '../../../testing/registry.ts';
import { createRecordingHost, type RecordingHost } from '../../support/run.ts';
import { type Gateway, startGateway } from './gateway.ts';

/** Two images on one base that moved, published under two tags each, and a run of a fraction of a second. */
export interface RebaseSite {
  readonly folder: string;
  readonly registry: TestRegistry;
  readonly gateway: Gateway;
  /** What the release tags name at the start, by repository. */
  readonly old: Readonly<Record<string, Digest>>;
  /** Puts everything back as it was at the start. */
  reset(): void;
  /** What a release tag names now. */
  tagged(repository: string, tag: string): Digest | undefined;
  /** Why an image is not whole and on the new base; undefined where it is. */
  fault(repository: string, digest: Digest): string | undefined;
  /** Runs a command in this process. */
  here(inputs: Readonly<Record<string, string>>): Promise<RecordingHost>;
  stop(): Promise<void>;
}

export const repositories = ['team/one', 'team/two'];
export const releaseTags = ['1', 'latest'];

const osRelease = { 'etc/os-release': 'ID=debian\nVERSION_ID="12"\n', 'lib/x86_64-linux-gnu/libc.so.6': '' };

/** Starts it; images are scanned by a program that finds nothing. */
export async function startRebaseSite(): Promise<RebaseSite> {
  const folder = await mkdtemp(join(tmpdir(), 'bir-rebase-site-'));
  const registry = await startRegistry();
  const gateway = await startGateway(registry.host);
  const { store } = registry;
  const [before, after] = [await base('old'), await base('new')];
  await pushImage(store, 'library/base', before);
  await pushImage(store, 'library/base', after, '1');
  const old: Record<string, Digest> = {};
  for (const repository of repositories) {
    const image = makeIndex([makeImage({ base: before, layers: [await makeLayer({ 'srv/app': repository })] })], {
      annotations: { 'org.opencontainers.image.base.digest': before.descriptor.digest },
    });
    old[repository] = (await pushImage(store, repository, image)).digest;
  }
  await writeSite(folder, gateway.host);
  const site: RebaseSite = {
    folder,
    registry,
    gateway,
    old,
    reset: () => {
      for (const repository of repositories) {
        for (const tag of store.tags(repository)) store.untag(repository, tag);
        const digest = old[repository];
        if (digest !== undefined) for (const tag of releaseTags) store.tag(repository, tag, digest);
      }
    },
    tagged: (repository, tag) => store.digestOf(repository, tag),
    fault: (repository, digest) => faultOf(store, repository, digest, after),
    here: async (inputs) => {
      const host = createRecordingHost({ allow: 'scanner-command', ...inputs });
      const world = createWorld({ cwd: folder });
      await run(host, { ...world, env: { PATH: process.env.PATH, HOME: folder } });
      await world.close();
      return host;
    },
    stop: async () => {
      await gateway.stop();
      await registry.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  site.reset();
  return site;
}

async function base(content: string): Promise<Image> {
  return makeImage({ layers: [await makeLayer({ ...osRelease, 'etc/base': content })] });
}

async function writeSite(folder: string, host: string): Promise<void> {
  const tools = { components: [{ type: 'application', name: 'grype', version: '1' }] };
  const metadata = { tools, component: { type: 'container', name: 'any image' } };
  const bom = { bomFormat: 'CycloneDX', specVersion: '1.5', metadata, components: [], vulnerabilities: [] };
  const bomFile = join(folder, 'bom.json');
  const images = repositories.map((repository) => {
    const name = repository.replace('team/', '');
    return { name, dockerfile: `${name}.Dockerfile`, image: `${host}/${repository}`, tags: releaseTags };
  });
  const config = {
    images,
    'rollback-tag': '{tag}-previous',
    gate: { 'allow-unrecognised': 'true' },
    scanner: { tool: 'command', command: ['/bin/sh', '-c', 'exec cat "$0"', bomFile, '{image}'], format: 'cyclonedx' },
  };
  const files = {
    'bom.json': JSON.stringify(bom),
    '.base-image-refresh.yml': JSON.stringify(config),
    ...Object.fromEntries(
      images.map(({ dockerfile }) => [dockerfile, `FROM ${host}/library/base:1\nCOPY app /srv/\n`]),
    ),
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
}

interface Document {
  readonly manifests?: readonly { readonly digest: string; readonly platform?: { readonly os: string } }[];
  readonly layers?: readonly { readonly digest: string }[];
  readonly config?: { readonly digest: string };
}

function faultOf(store: Store, repository: string, digest: string, base: Image): string | undefined {
  const held = store.manifest(repository, digest);
  if (held === undefined) return `${digest} is not there`;
  const { manifests = [], layers = [], config } = JSON.parse(held.bytes.toString('utf8')) as Document;
  for (const child of manifests) {
    const fault = child.platform?.os === 'unknown' ? undefined : faultOf(store, repository, child.digest, base);
    if (fault !== undefined) return fault;
  }
  if (config === undefined) return undefined;
  const missing = [...layers, config].find((blob) => store.blob(repository, blob.digest) === undefined);
  if (missing !== undefined) return `${missing.digest} of ${digest} is not there`;
  return layers[0]?.digest === base.layers[0]?.descriptor.digest ? undefined : `${digest} stands on another base`;
}
