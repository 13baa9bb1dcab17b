import type { ParseError } from 'jsonc-parser';
import { fail } from '../failure.ts';
import { asDigest, type Digest } from '../oci/digest.ts';
import { formatReference } from '../oci/reference.ts';
import { checkShape } from '../settings/check-shape.ts';
import { referenceOf } from '../settings/domain-values.ts';
import { below, type FileNode, itemNodes, statedText } from '../settings/file-node.ts';
import { complain, invalid, type Text } from '../settings/value.ts';
import { parseYaml } from '../settings/yaml.ts';
import { parseJsonc } from '../text/jsonc.ts';
import { lockFileShape } from './lock-file-shape.ts';

/** What one published image was built on, as the lock file says. */
export interface LockedImage {
  /** Canonical release reference. */
  readonly image: string;
  /** The published digest that the entry speaks of; absent where it speaks of whatever stands under the name. */
  readonly digest?: Digest;
  readonly bases: readonly { readonly reference: string; readonly digest: Digest }[];
}

export type LockFile = readonly LockedImage[];

/** Reads the lock file; throws `config` that names the line and key of what is wrong. */
export function parseLockFile(source: string, file: string): LockFile {
  const errors: ParseError[] = [];
  parseJsonc(source, file, { disallowComments: true }, errors);
  const [error] = errors;
  if (error !== undefined) {
    const line = source.slice(0, error.offset).split('\n').length;
    throw fail('config', `${file}:${line}`, 'is not valid JSON', 'fix this line, or delete the file');
  }
  // JSON is YAML, and this reader knows the line of every key.
  const node = parseYaml(source, file);
  if (node === undefined) throw fail('config', file, 'is empty', 'delete it, or let refresh write it');
  checkShape(node, lockFileShape, { file, key: '' });
  const root = { file, key: '', node };
  const version = statedText(below(root, 'schemaVersion'));
  if (version !== undefined && version.text !== '1') {
    throw complain(version, `is ${version.text}, and only 1 is known here`, 'use the version that wrote it');
  }
  return itemNodes(below(root, 'images')).map(imageIn);
}

/** The text of a lock file, the same for the same content. */
export function renderLockFile(lock: LockFile): string {
  const images = lock
    .map(({ bases, ...entry }) => ({ ...entry, bases: bases.toSorted((a, b) => order(a.reference, b.reference)) }))
    .toSorted((a, b) => order(a.image, b.image));
  return `${JSON.stringify({ schemaVersion: 1, images }, null, 2)}\n`;
}

/** The lock file with an entry in place of what it said of the same image. */
export function withEntry(lock: LockFile, entry: LockedImage): LockFile {
  return [...lock.filter(({ image }) => image !== entry.image), entry];
}

function imageIn(node: FileNode): LockedImage {
  const digest = statedText(below(node, 'digest'));
  return {
    image: canonical(statedText(below(node, 'image'))),
    ...(digest === undefined ? {} : { digest: digestIn(digest) }),
    bases: itemNodes(below(node, 'bases')).map((base) => ({
      reference: canonical(statedText(below(base, 'reference'))),
      digest: digestIn(statedText(below(base, 'digest'))),
    })),
  };
}

function canonical(value: Text | undefined): string {
  return formatReference(referenceOf(present(value)));
}

function digestIn(value: Text | undefined): Digest {
  const given = present(value);
  const digest = asDigest(given.text);
  if (digest !== undefined) return digest;
  throw invalid(given, 'give a digest such as sha256: and 64 hexadecimal digits');
}

// The shape has been checked: what is required is there.
function present(value: Text | undefined): Text {
  if (value === undefined) throw new Error('a required key of the lock file is missing after its check');
  return value;
}

function order(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
