import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { digestOf } from '../../../core/oci/digest.ts';
import { debianLayer, debianPackages } from '../../../testing/debian.ts';
import { makeImage, makeIndex } from '../../../testing/images.ts';
import { pushImage } from '../../../testing/push.ts';
import type { RunningDockerd } from './dockerd.ts';
import { program } from './parts.ts';
import { must } from './run.ts';

/** What a pipeline says of its release in labels and annotations, and no Dockerfile does. */
export const said = { version: '1.2.0', vendor: 'Acme' } as const;
const key = (name: string) => `org.opencontainers.image.${name}`;

/** Pushes one version of a small base of two platforms, with a label and a variable that tell its version. */
export async function publishSmallBase(host: string, version: 'v1' | 'v2'): Promise<string> {
  const layer = await debianLayer(debianPackages[version]);
  const config = {
    Env: ['PATH=/usr/bin:/bin', `BASE_VERSION=${version}`],
    Labels: { [key('version')]: `base-${version}`, 'of.base': version },
  };
  const images = ['amd64', 'arm64'].map((architecture) =>
    makeImage({ layers: [layer], config, platform: { os: 'linux', architecture } }),
  );
  return (await pushImage({ url: `http://${host}` }, 'library/base', makeIndex(images), '1')).digest;
}

/** Writes the source of the releases and commits it; answers the commit. */
export async function writeSource(folder: string, host: string, names: readonly string[]): Promise<string> {
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid', ...args], {
      cwd: folder,
      encoding: 'utf8',
    });
  for (const name of names) {
    const lines = [
      `FROM ${host}/library/base:1`,
      'COPY app /app',
      'USER 1000',
      'ENTRYPOINT ["/app"]',
      'EXPOSE 8080',
      'HEALTHCHECK CMD true',
    ];
    const files = { Dockerfile: `${lines.join('\n')}\n`, app: `${name}\n` };
    for (const [file, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name, file)), { recursive: true });
      await writeFile(join(folder, name, file), text);
    }
  }
  await writeFile(join(folder, '.gitignore'), '.base-image-refresh/\n*.key\n*.pub\n*.json\n.base-image-refresh.yml\n');
  git('init', '-q');
  git('add', '-A');
  git('commit', '-q', '-m', 'release');
  return git('rev-parse', 'HEAD').trim();
}

/** Builds a release as a pipeline does, with what it says of it, and pushes it. */
export async function publishRelease(
  engine: RunningDockerd,
  folder: string,
  image: string,
  options: readonly string[],
  { revision, base }: { readonly revision: string; readonly base: string },
): Promise<void> {
  const texts = Object.entries({ ...said, revision }).map(([name, value]) => `${key(name)}=${value}`);
  const output = options.some((option) => option.startsWith('--output='))
    ? []
    : [`--output=type=image,name=${image},push=true`];
  await engine.docker(
    'buildx',
    'build',
    '--no-cache',
    ...texts.map((text) => `--label=${text}`),
    ...texts.map((text) => `--annotation=manifest:${text}`),
    `--annotation=manifest:${key('base.digest')}=${base}`,
    ...output,
    ...options,
    folder,
  );
}

/** Adds an SPDX document to the index of an image, as BuildKit's generator of SBOMs attests it. */
export async function attestSbom(host: string, repository: string, tag: string): Promise<void> {
  const base = `http://${host}/v2/${repository}`;
  const index = JSON.parse(
    await must(program('crane', 'crane'), ['manifest', '--insecure', `${host}/${repository}:${tag}`]),
  );
  const [image] = index.manifests;
  const type = 'https://spdx.dev/Document';
  const statement = {
    _type: 'https://in-toto.io/Statement/v0.1',
    predicateType: type,
    subject: [{ name: repository, digest: { sha256: image.digest.slice(7) } }],
    predicate: { spdxVersion: 'SPDX-2.3' },
  };
  const layer = await putBlob(base, JSON.stringify(statement));
  const config = await putBlob(
    base,
    JSON.stringify({ architecture: 'unknown', os: 'unknown', rootfs: { type: 'layers', diff_ids: [layer.digest] } }),
  );
  const manifestType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = {
    schemaVersion: 2,
    mediaType: manifestType,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
    layers: [
      { mediaType: 'application/vnd.in-toto+json', ...layer, annotations: { 'in-toto.io/predicate-type': type } },
    ],
  };
  const attested = await putManifest(base, manifest);
  const annotations = {
    'vnd.docker.reference.digest': image.digest,
    'vnd.docker.reference.type': 'attestation-manifest',
  };
  const entry = {
    mediaType: manifestType,
    ...attested,
    annotations,
    platform: { architecture: 'unknown', os: 'unknown' },
  };
  await putManifest(
    base,
    { ...index, manifests: [...index.manifests, entry], annotations: { 'of.index': 'yes' } },
    tag,
  );
}

async function putBlob(repository: string, text: string) {
  const bytes = Buffer.from(text);
  const digest = digestOf(bytes);
  const opened = await fetch(`${repository}/blobs/uploads/`, { method: 'POST' });
  const location = new URL(opened.headers.get('location') ?? '', repository);
  location.searchParams.set('digest', digest);
  const put = await fetch(location, {
    method: 'PUT',
    headers: { 'content-type': 'application/octet-stream' },
    body: bytes,
  });
  if (put.status !== 201) throw new Error(`PUT ${digest}: ${put.status}`);
  return { digest, size: bytes.length };
}

async function putManifest(repository: string, document: { readonly mediaType: string }, tag?: string) {
  const bytes = Buffer.from(JSON.stringify(document));
  const digest = digestOf(bytes);
  const headers = { 'content-type': document.mediaType };
  const put = await fetch(`${repository}/manifests/${tag ?? digest}`, { method: 'PUT', headers, body: bytes });
  if (put.status !== 201) throw new Error(`PUT ${tag ?? digest}: ${put.status} ${await put.text()}`);
  return { digest, size: bytes.length };
}
