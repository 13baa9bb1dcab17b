import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { requirePart } from './parts.ts';

/** A package that the security archive really updated, with the versions before and after. */
export interface ChangedPackage {
  readonly name: string;
  /** Source package, as advisories name it. */
  readonly source: string;
  readonly from: string;
  readonly to: string;
}

/** What differs between the two versions of the Debian base. */
export function changedPackages(): readonly ChangedPackage[] {
  return JSON.parse(readFileSync(requirePart('debian-pair').paths.changed ?? '', 'utf8'));
}

interface Layer {
  readonly diffId: string;
  readonly digest: string;
}

const created = { v1: '2026-01-01T00:00:00Z', v2: '2026-02-01T00:00:00Z' } as const;

/** Pushes one version of the real Debian base as host/library/debian:12 and answers its manifest digest. */
export async function publishBase(host: string, version: 'v1' | 'v2', tag = '12'): Promise<string> {
  const folder = requirePart('debian-pair').paths[version] ?? '';
  const layer: Layer = JSON.parse(await readFile(join(folder, 'layer.json'), 'utf8'));
  const bytes = await readFile(join(folder, 'layer.tar.gz'));
  const repository = `http://${host}/v2/library/debian`;
  const config = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      created: created[version],
      config: { Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'], Cmd: ['bash'] },
      rootfs: { type: 'layers', diff_ids: [layer.diffId] },
      history: [{ created_by: 'debootstrap --variant=minbase' }],
    }),
  );
  await putBlob(repository, layer.digest, bytes);
  await putBlob(repository, digestOf(config), config);
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: digestOf(config),
      size: config.length,
    },
    layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest: layer.digest, size: bytes.length }],
  });
  const put = await fetch(`${repository}/manifests/${tag}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/vnd.oci.image.manifest.v1+json' },
    body: manifest,
  });
  if (put.status !== 201) throw new Error(`PUT ${tag}: ${put.status} ${await put.text()}`);
  return digestOf(Buffer.from(manifest));
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

async function putBlob(repository: string, digest: string, bytes: Uint8Array): Promise<void> {
  const opened = await fetch(`${repository}/blobs/uploads/`, { method: 'POST' });
  const location = new URL(opened.headers.get('location') ?? '', repository);
  location.searchParams.set('digest', digest);
  const put = await fetch(location, {
    method: 'PUT',
    headers: { 'content-type': 'application/octet-stream' },
    body: bytes,
  });
  if (put.status !== 201) throw new Error(`PUT ${digest}: ${put.status} ${await put.text()}`);
}
