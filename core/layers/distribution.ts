import type { FileSystem } from './filesystem.ts';

/** What programs built for one image rely on in another. */
export interface Distribution {
  /** `debian`, from os-release. */
  readonly id: string;
  /** The part of the version within which packages stay compatible: `12`, `3.18`. */
  readonly release: string;
  /** `glibc`, `musl`, both or none. */
  readonly libc: string;
}

/** Reads an image's distribution; undefined where it does not say which it is. */
export function distributionOf(files: FileSystem): Distribution | undefined {
  const text = files.text('etc/os-release') ?? files.text('usr/lib/os-release');
  if (text === undefined) return undefined;
  const fields = fieldsOf(text);
  const id = fields.get('ID');
  const release = releaseOf(fields);
  return id === undefined || release === undefined ? undefined : { id, release, libc: libcOf(files) };
}

// os-release(5): shell assignments, quoted or not.
function fieldsOf(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, name, value] = /^([A-Z0-9_]+)=(.*)$/.exec(line.trim()) ?? [];
    if (name !== undefined && value !== undefined) fields.set(name, value.replace(/^(["'])(.*)\1$/, '$2'));
  }
  return fields;
}

const byMajor = /\b(?:rhel|centos|rocky|almalinux|ol)\b/;

// Alpine counts fixes in a third number, Enterprise Linux minor releases in a second; both keep their interfaces.
function releaseOf(fields: ReadonlyMap<string, string>): string | undefined {
  const id = fields.get('ID') ?? '';
  const version = fields.get('VERSION_ID');
  if (version === undefined) return fields.get('VERSION_CODENAME');
  if (id === 'alpine') return version.split(/[._]/).slice(0, 2).join('.');
  if (id !== 'fedora' && byMajor.test(`${id} ${fields.get('ID_LIKE') ?? ''}`)) return version.split('.')[0];
  return version;
}

function libcOf(files: FileSystem): string {
  const found = new Set<string>();
  for (const path of files.paths()) {
    if (/(?:^|\/)ld-musl-[^/]+\.so\.1$/.test(path)) found.add('musl');
    if (/(?:^|\/)libc\.so\.6$/.test(path)) found.add('glibc');
  }
  return [...found].sort().join('+') || 'none';
}
