/** What a program or library needs of others, and offers them (System V ABI, chapters 4 and 5; LSB, symbol versions). */
export interface ElfFacts {
  readonly machine: number;
  /** The loader that starts it; absent of libraries and static programs. */
  readonly interpreter?: string;
  readonly needed: readonly string[];
  /** Folders that it has its libraries looked up in, in their order. */
  readonly runpath: readonly string[];
  /** Versions of symbols that it needs, `LIBRARY VERSION`. */
  readonly needs: readonly string[];
  /** Versions of symbols that it offers. */
  readonly offers: readonly string[];
}

/** Entries of a table: no program comes near it. */
const mostEntries = 10_000;

interface Bytes {
  readonly view: DataView;
  readonly little: boolean;
  readonly wide: boolean;
}

/** Reads what an ELF file needs and offers; undefined where it is cut off or damaged. */
export function readElf(content: Uint8Array): ElfFacts | undefined {
  try {
    return factsOf(content);
  } catch (thrown) {
    // Offsets that lead out of the file.
    if (thrown instanceof RangeError) return undefined;
    throw thrown;
  }
}

function factsOf(content: Uint8Array): ElfFacts | undefined {
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const bytes: Bytes = { view, little: view.getUint8(5) === 1, wide: view.getUint8(4) === 2 };
  const segments = segmentsOf(bytes);
  const interp = segments.find(({ kind }) => kind === 3);
  const dynamic = segments.find(({ kind }) => kind === 2);
  const tags = dynamic === undefined ? [] : tagsOf(bytes, dynamic);
  const tagged = (tag: number) => tags.find(([name]) => name === tag)?.[1];
  const place = (tag: number) => {
    const address = tagged(tag);
    return address === undefined ? undefined : offsetOf(segments, address);
  };
  const strings = place(5) ?? 0;
  const text = (at: number) => stringAt(bytes, strings + at);
  const path = tagged(29) ?? tagged(15);
  return {
    machine: u16(bytes, 18),
    ...(interp === undefined ? {} : { interpreter: stringAt(bytes, interp.offset) }),
    needed: tags.flatMap(([name, value]) => (name === 1 ? [text(value)] : [])),
    runpath: path === undefined ? [] : text(path).split(':'),
    needs: versionsNeeded(bytes, place(0x6ffffffe), tagged(0x6fffffff) ?? 0, text),
    offers: versionsOffered(bytes, place(0x6ffffffc), tagged(0x6ffffffd) ?? 0, text),
  };
}

interface Segment {
  readonly kind: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

function segmentsOf(bytes: Bytes): readonly Segment[] {
  const { wide } = bytes;
  const [start, size, count] = [word(bytes, wide ? 32 : 28), u16(bytes, wide ? 54 : 42), u16(bytes, wide ? 56 : 44)];
  return Array.from({ length: count }, (_, at) => {
    const begin = start + at * size;
    return {
      kind: u32(bytes, begin),
      offset: word(bytes, begin + (wide ? 8 : 4)),
      address: word(bytes, begin + (wide ? 16 : 8)),
      size: word(bytes, begin + (wide ? 32 : 16)),
    };
  });
}

function tagsOf(bytes: Bytes, { offset, size }: Segment): readonly (readonly [number, number])[] {
  const width = bytes.wide ? 8 : 4;
  const tags: (readonly [number, number])[] = [];
  const most = Math.min(mostEntries, Math.floor(size / (2 * width)));
  for (let at = 0; at < most; at += 1) {
    const tag = word(bytes, offset + at * 2 * width);
    if (tag === 0) break;
    tags.push([tag, word(bytes, offset + (at * 2 + 1) * width)]);
  }
  return tags;
}

function offsetOf(segments: readonly Segment[], address: number): number | undefined {
  const found = segments.find((one) => one.kind === 1 && address >= one.address && address < one.address + one.size);
  return found === undefined ? undefined : address - found.address + found.offset;
}

type Text = (at: number) => string;

function versionsNeeded(bytes: Bytes, start: number | undefined, count: number, text: Text): readonly string[] {
  const found: string[] = [];
  let at = start;
  for (let file = 0; at !== undefined && file < count && found.length < mostEntries; file += 1) {
    const library = text(u32(bytes, at + 4));
    let version = at + u32(bytes, at + 8);
    for (let left = Math.min(u16(bytes, at + 2), mostEntries - found.length); left > 0; left -= 1) {
      found.push(`${library} ${text(u32(bytes, version + 8))}`);
      version += u32(bytes, version + 12);
    }
    const next = u32(bytes, at + 12);
    at = next === 0 ? undefined : at + next;
  }
  return found;
}

function versionsOffered(bytes: Bytes, start: number | undefined, count: number, text: Text): readonly string[] {
  const found: string[] = [];
  let at = start;
  for (let left = Math.min(count, mostEntries); at !== undefined && left > 0; left -= 1) {
    found.push(text(u32(bytes, at + u32(bytes, at + 12))));
    const next = u32(bytes, at + 16);
    at = next === 0 ? undefined : at + next;
  }
  return found;
}

/** Bytes of a name: version names and paths are short. */
const longestString = 4096;

function stringAt({ view }: Bytes, at: number): string {
  let end = at;
  while (view.getUint8(end) !== 0) {
    end += 1;
    if (end - at > longestString) throw new RangeError('a name without an end');
  }
  return Buffer.from(view.buffer, view.byteOffset + at, end - at).toString('latin1');
}

function u16({ view, little }: Bytes, at: number): number {
  return view.getUint16(at, little);
}

function u32({ view, little }: Bytes, at: number): number {
  return view.getUint32(at, little);
}

// Offsets and tags are below 2 ** 53, or lead out of every file.
function word(bytes: Bytes, at: number): number {
  return bytes.wide ? Number(bytes.view.getBigUint64(at, bytes.little)) : u32(bytes, at);
}
