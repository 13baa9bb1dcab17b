import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { type Bucket, encodeBolt } from './bolt.ts';
import { advisories } from './trivy-advisories.ts';

/** The files that stand in the `db` folder of Trivy's cache. */
export interface TrivyDatabase {
  readonly 'trivy.db': Buffer;
  readonly 'metadata.json': string;
}

const dataSources = {
  'debian 12': {
    ID: 'debian',
    Name: 'Debian Security Tracker',
    URL: 'https://salsa.debian.org/security-tracker-team/security-tracker',
  },
  'alpine 3.18': { ID: 'alpine', Name: 'Alpine Secdb', URL: 'https://secdb.alpinelinux.org/' },
  'npm::GitHub Security Advisory Npm': {
    ID: 'ghsa',
    Name: 'GitHub Security Advisory npm',
    URL: 'https://github.com/advisories?query=type%3Areviewed+ecosystem%3Anpm',
  },
} as const;

/** A small Trivy database (schema 2) for Debian 12, Alpine 3.18 and npm. Its severities are invented for tests. */
export function makeTrivyDatabase(): TrivyDatabase {
  const root: Bucket = new Map();
  for (const { source, name, id, advisory, severities, title } of advisories) {
    bucketIn(bucketIn(root, source), name).set(id, JSON.stringify(advisory));
    bucketIn(root, 'vulnerability').set(id, JSON.stringify(vulnerability(id, title, severities)));
  }
  for (const [name, source] of Object.entries(dataSources)) {
    bucketIn(root, 'data-source').set(name, JSON.stringify(source));
  }
  return { 'trivy.db': encodeBolt(root), 'metadata.json': JSON.stringify(metadata) };
}

const metadata = {
  Version: 2,
  NextUpdate: '2036-01-01T00:00:00Z',
  UpdatedAt: '2026-11-20T00:00:00Z',
  DownloadedAt: '2026-11-20T00:00:00Z',
};

function vulnerability(id: string, title: string, severities: Readonly<Record<string, number>>): object {
  return {
    Title: title,
    Description: title,
    VendorSeverity: severities,
    References: [`https://security-tracker.debian.org/tracker/${id}`],
    PublishedDate: '2026-09-01T00:00:00Z',
    LastModifiedDate: '2026-10-01T00:00:00Z',
  };
}

function bucketIn(parent: Bucket, name: string): Bucket {
  const found = parent.get(name);
  if (found instanceof Map) return found;
  const made: Bucket = new Map();
  parent.set(name, made);
  return made;
}

/** The database as the archive that Trivy downloads from a registry. */
export async function packTrivyDatabase(): Promise<Buffer> {
  const archive = pack();
  for (const [name, content] of Object.entries(makeTrivyDatabase()))
    archive.entry({ name, mtime: new Date(0) }, content);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return gzipSync(Buffer.concat(chunks));
}
