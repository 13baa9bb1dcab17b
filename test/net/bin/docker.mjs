// Stands where docker with buildx would: builds by putting one layer on the pinned runtime base of each platform, and
// attests what it was given to build from.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { blobOf, manifestOf, mountBlob, parse, putBlob, putManifest, types } from './registry.mjs';
import { args, begin, folder, option, options } from './tool.mjs';

await begin('docker');
const line = args.join(' ');
if (line === 'buildx version') process.stdout.write('github.com/docker/buildx v0.29.1 1a2b3c4\n');
else if (line === 'buildx inspect') process.stdout.write('Name:   net\nDriver: docker-container\nStatus: running\n');
else if (line.startsWith('buildx build ')) await build();
else if (args[0] === 'version') process.stdout.write('28.0.0\n');
else if (args[0] === 'create') process.stdout.write('c0ffee\n');
else if (args[0] === 'inspect') process.stdout.write('{"Status":"exited","ExitCode":0,"Error":""}\n');

async function build() {
  const to = parse(/name=([^,]+)/.exec(option('output'))[1]);
  const contexts = new Map(options('build-context').map((text) => /^(.+?)=docker-image:\/\/(.+)$/.exec(text).slice(1)));
  const from = [...readFileSync(option('file'), 'utf8').matchAll(/^FROM (\S+)/gm)].map(([, name]) => name);
  const base = parse(contexts.get(from.at(-1)));
  const annotations = Object.fromEntries(
    options('annotation').map((text) => /^index,manifest:([^=]+)=(.*)$/s.exec(text).slice(1)),
  );
  const own = JSON.parse(readFileSync(join(folder, 'layer.json'), 'utf8'));
  const layer = await putBlob(to, own.mediaType, Buffer.from(own.base64, 'base64'));
  const { document: below } = await manifestOf(base, base.name);
  const wanted = below.manifests.filter(({ platform }) => option('platform').split(',').includes(nameOf(platform)));
  const images = await Promise.all(wanted.map((entry) => platformImage(to, base, entry, { layer, own, annotations })));
  const attestations = await Promise.all(images.map((image) => attested(to, image, contexts)));
  const index = { schemaVersion: 2, mediaType: types.index, manifests: [...images, ...attestations], annotations };
  const { digest } = await putManifest(to, index, to.name);
  writeFileSync(option('metadata-file'), JSON.stringify({ 'containerimage.digest': digest }));
}

function nameOf({ os, architecture }) {
  return `${os}/${architecture}`;
}

async function platformImage(to, base, entry, { layer, own, annotations }) {
  const { document } = await manifestOf(base, entry.digest);
  for (const blob of document.layers) await mountBlob(to, base.repository, blob);
  const below = await blobOf(base, document.config);
  const rootfs = { type: 'layers', diff_ids: [...below.rootfs.diff_ids, own.diffId] };
  const document_ = { ...below, config: { ...below.config, User: '1000' }, rootfs };
  const config = await putBlob(to, types.config, JSON.stringify(document_));
  const layers = [...document.layers, layer];
  const image = { schemaVersion: 2, mediaType: types.manifest, config, layers, annotations };
  return { ...(await putManifest(to, image)), platform: entry.platform };
}

// As BuildKit writes it (docs/attestations/slsa-provenance.md).
async function attested(to, image, contexts) {
  const materials = [...contexts.values()].map(parse).map(({ host, repository, name }) => ({
    uri: `pkg:docker/${encodeURIComponent(host)}/${repository}?platform=${encodeURIComponent(nameOf(image.platform))}`,
    digest: { sha256: name.replace('sha256:', '') },
  }));
  const predicateType = 'https://slsa.dev/provenance/v0.2';
  const subject = [{ name: to.repository, digest: { sha256: image.digest.replace('sha256:', '') } }];
  const statement = { _type: 'https://in-toto.io/Statement/v0.1', predicateType, subject, predicate: { materials } };
  const blob = await putBlob(to, types.inToto, JSON.stringify(statement));
  const layers = [{ ...blob, annotations: { 'in-toto.io/predicate-type': predicateType } }];
  const config = await putBlob(to, types.config, '{}');
  const manifest = await putManifest(to, { schemaVersion: 2, mediaType: types.manifest, config, layers });
  const annotations = {
    'vnd.docker.reference.type': 'attestation-manifest',
    'vnd.docker.reference.digest': image.digest,
  };
  return { ...manifest, annotations, platform: { os: 'unknown', architecture: 'unknown' } };
}
