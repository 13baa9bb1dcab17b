/** Keys to values or to further buckets, as bbolt nests them. */
export type Bucket = Map<string, string | Bucket>;

// bbolt's file format, version 2 (page.go, bucket.go): fixed pages, little-endian.
const pageSize = 4096;
const pageHeader = 16;
const elementSize = 16;
const bucketHeader = 16;
const flags = { leaf: 0x02, meta: 0x04, freelist: 0x10 } as const;
const firstDataPage = 3;

interface Page {
  readonly id: number;
  readonly bytes: Buffer;
}

interface Item {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly isBucket: boolean;
}

/** The bytes of a bbolt database: one leaf page, as long as it must be, for each bucket. */
export function encodeBolt(root: Bucket): Buffer {
  const pages: Page[] = [];
  let next = firstDataPage;
  const place = (leaf: Buffer, count: number): number => {
    const length = Math.max(Math.ceil(leaf.length / pageSize), 1);
    const id = next;
    next += length;
    const bytes = Buffer.alloc(length * pageSize);
    leaf.copy(bytes);
    writeHeader(bytes, id, flags.leaf, count, length - 1);
    pages.push({ id, bytes });
    return id;
  };
  const encodeBucket = (bucket: Bucket, isRoot: boolean): Buffer => {
    const items = [...bucket].map(([key, value]): Item => {
      const isBucket = value instanceof Map;
      return { key: Buffer.from(key), value: isBucket ? encodeBucket(value, false) : Buffer.from(value), isBucket };
    });
    items.sort((a, b) => Buffer.compare(a.key, b.key));
    const leaf = encodeLeaf(items);
    // Small buckets without buckets of their own stand in their parent's value.
    const isInline = !isRoot && leaf.length <= pageSize / 4 && items.every(({ isBucket }) => !isBucket);
    if (isInline) return Buffer.concat([Buffer.alloc(bucketHeader), leaf]);
    const reference = Buffer.alloc(bucketHeader);
    reference.writeBigUInt64LE(BigInt(place(leaf, items.length)), 0);
    return reference;
  };
  const rootReference = encodeBucket(root, true);
  return assemble(pages, next, rootReference);
}

function encodeLeaf(items: readonly Item[]): Buffer {
  if (items.length > 0xffff) throw new Error('a bucket has more keys than one leaf page can count');
  const contents = items.reduce((sum, { key, value }) => sum + key.length + value.length, 0);
  let offset = pageHeader + items.length * elementSize;
  const leaf = Buffer.alloc(offset + contents);
  for (const [at, { key, value, isBucket }] of items.entries()) {
    const element = pageHeader + at * elementSize;
    leaf.writeUInt32LE(isBucket ? 1 : 0, element);
    leaf.writeUInt32LE(offset - element, element + 4);
    leaf.writeUInt32LE(key.length, element + 8);
    leaf.writeUInt32LE(value.length, element + 12);
    offset += key.copy(leaf, offset);
    offset += value.copy(leaf, offset);
  }
  writeHeader(leaf, 0, flags.leaf, items.length, 0);
  return leaf;
}

function writeHeader(page: Buffer, id: number, kind: number, count: number, overflow: number): void {
  page.writeBigUInt64LE(BigInt(id), 0);
  page.writeUInt16LE(kind, 8);
  page.writeUInt16LE(count, 10);
  page.writeUInt32LE(overflow, 12);
}

function assemble(pages: readonly Page[], total: number, rootReference: Buffer): Buffer {
  const file = Buffer.alloc(total * pageSize);
  for (const transaction of [0, 1]) {
    const page = file.subarray(transaction * pageSize, (transaction + 1) * pageSize);
    writeHeader(page, transaction, flags.meta, 0, 0);
    writeMeta(page.subarray(pageHeader), rootReference, total, transaction);
  }
  writeHeader(file.subarray(2 * pageSize), 2, flags.freelist, 0, 0);
  for (const { id, bytes } of pages) bytes.copy(file, id * pageSize);
  return file;
}

// struct meta: magic, version, page size, flags, root, freelist page, high-water mark, transaction, checksum.
function writeMeta(meta: Buffer, rootReference: Buffer, total: number, transaction: number): void {
  meta.writeUInt32LE(0xed0cdaed, 0);
  meta.writeUInt32LE(2, 4);
  meta.writeUInt32LE(pageSize, 8);
  rootReference.copy(meta, 16);
  meta.writeBigUInt64LE(2n, 32);
  meta.writeBigUInt64LE(BigInt(total), 40);
  meta.writeBigUInt64LE(BigInt(transaction), 48);
  meta.writeBigUInt64LE(fnv64a(meta.subarray(0, 56)), 56);
}

function fnv64a(bytes: Uint8Array): bigint {
  return bytes.reduce(
    (hash, byte) => ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn,
    0xcbf29ce484222325n,
  );
}
