import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { debianBase } from '../../testing/debian.ts';
import { type Image, type ImageIndex, makeImage, makeIndex, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { releaseTag } from './release-tag.ts';

/** Images and registries that every cell of the table begins with; a cell breaks one thing of it. */
export interface Site {
  /** Holds `library/debian:12`, public, with tokens. */
  readonly base: TestRegistry;
  /** Holds `team/web:1`, private, with tokens for the user `bot`. */
  readonly image: TestRegistry;
  /** A host that is neither of them, and that nobody has a reason to ask. */
  readonly stranger: TestRegistry;
  /** A repository with one Dockerfile, and the configuration of a scanner. */
  readonly root: string;
  /** What the references of the repository name: hosts of the two registries, unless a fault needs other names. */
  readonly names: { readonly base: string; readonly image: string };
  /** Origins of names that are not addresses. */
  readonly routes: Readonly<Record<string, string>>;
  readonly images: Images;
  close(): Promise<void>;
}

interface Images {
  readonly v1: ImageIndex;
  readonly v2: ImageIndex;
  /** An image that has to do with nothing. */
  readonly other: Image;
}

export interface SiteOptions {
  /** Whether the base has moved since the image was built. */
  readonly moved: boolean;
  /** The one that answers no TLS handshake. */
  readonly withoutTls?: 'base' | 'image';
}

const repositories = { base: 'library/debian', image: 'team/web' } as const;
const scanner = fileURLToPath(new URL('scanner.mjs', import.meta.url));
let made: Promise<Images> | undefined;

/** Starts the registries and writes the repository. */
export async function openSite({ moved, withoutTls }: SiteOptions): Promise<Site> {
  made ??= makeImages();
  const images = await made;
  const base = await startRegistry({
    authentication: { kind: 'token', users: { bot: 'other' }, access: { '*': { anonymous: ['pull'] } } },
  });
  const image = await startRegistry({
    authentication: { kind: 'token', users: { bot: 'secret' }, access: { '*': { bot: ['pull', 'push'] } } },
  });
  const stranger = await startRegistry();
  const deaf = withoutTls === undefined ? undefined : await startDeaf();
  const names = {
    base: withoutTls === 'base' ? 'base.example' : base.host,
    image: withoutTls === 'image' ? 'image.example' : image.host,
  };
  await pushImage(base.store, repositories.base, images.v1, '12');
  if (moved) await pushImage(base.store, repositories.base, images.v2, '12');
  await pushImage(image.store, repositories.image, await webOn(images.v1, names.base), releaseTag);
  const root = await mkdtemp(join(tmpdir(), 'bir-chaos-'));
  await writeFile(join(root, 'Dockerfile'), `FROM ${names.base}/library/debian:12\nCOPY app /app\n`);
  await writeFile(join(root, '.base-image-refresh.yml'), configuration);
  return {
    base,
    image,
    stranger,
    root,
    names,
    routes: deaf === undefined ? {} : { [`https://${withoutTls}.example`]: deaf.url },
    images,
    close: async () => {
      await Promise.all([base.close(), image.close(), stranger.close(), deaf?.close()]);
      await rm(root, { recursive: true });
    },
  };
}

const configuration = `scanner:
  tool: command
  command: [${JSON.stringify(process.execPath)}, ${JSON.stringify(scanner)}, "{image}", "{output}"]
  format: trivy
`;

async function makeImages(): Promise<Images> {
  const [v1, v2] = await Promise.all([debianBase('v1'), debianBase('v2')]);
  const other = makeImage({ layers: [await makeLayer({ 'etc/other': 'other' })] });
  return { v1: makeIndex([v1]), v2: makeIndex([v2]), other };
}

async function webOn(base: ImageIndex, host: string): Promise<ImageIndex> {
  const [platform] = base.entries;
  if (platform?.kind !== 'manifest') throw new Error('the base is an index of images');
  const layers = [await makeLayer({ 'app/': { directory: true }, 'app/server': 'server' })];
  const annotations = {
    'org.opencontainers.image.base.name': `${host}/library/debian:12`,
    'org.opencontainers.image.base.digest': base.descriptor.digest,
  };
  return makeIndex([makeImage({ base: platform, layers })], { annotations });
}

// A server of TLS that has no certificate to show ends every handshake.
async function startDeaf(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer({});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
