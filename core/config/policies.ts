import { createHash } from 'node:crypto';
import { isAbsolute, resolve } from 'node:path';
import { attempt, fail } from '../failure.ts';
import type { gateInputs } from '../gate/inputs.ts';
import type { World } from '../ports.ts';
import { validate } from '../settings/check-shape.ts';
import type { FileNode } from '../settings/file-node.ts';
import type { Settings } from '../settings/settings.ts';
import { mapping } from '../settings/shape.ts';
import { complain, quoted, type Text } from '../settings/value.ts';
import { parseYaml, type YamlEntry, type YamlNode } from '../settings/yaml.ts';
import { configShape } from './file-shape.ts';

const largest = 1024 * 1024;

/** Keys of a policy file; each is also a key of the configuration file, and means the same. */
const layered = ['gate', 'verify-base'] as const;

/**
 * The configuration file over the policy files that the run names, the first of them the lowest. What a file says of
 * `gate:` goes over what those below it say, key by key; exceptions and `verify-base:` add up.
 */
export async function withPolicies(
  world: World,
  root: string,
  settings: Settings<typeof gateInputs>,
  file: FileNode | undefined,
): Promise<FileNode | undefined> {
  const isGiven = settings.given('policy') !== undefined;
  const base = isGiven ? world.cwd : root;
  const named = settings.texts('policy');
  if (named.length === 0) return file;
  const policies = await Promise.all(named.map((name) => readPolicyFile(world, base, name)));
  const own: FileNode = file ?? { file: '', key: '', node: { kind: 'mapping', entries: [], line: 1 } };
  return { ...own, node: policies.reduceRight((over, policy) => overlay(policy, over), own.node) };
}

async function readPolicyFile(world: World, base: string, name: Text): Promise<YamlNode> {
  const { text, label } = /^https?:/.test(name.text)
    ? await fetchPolicy(world, name)
    : await readLocal(world, base, name);
  const node = parseYaml(text, label);
  if (node === undefined) return { kind: 'mapping', entries: [], line: 1 };
  const { keys } = configShape();
  const shape = mapping(
    Object.fromEntries(layered.flatMap((key) => (keys[key] === undefined ? [] : [[key, keys[key]]]))),
  );
  validate(node, shape, { file: label, key: '' });
  return placed(node, label);
}

async function readLocal(world: World, base: string, name: Text) {
  const path = isAbsolute(name.text) ? name.text : resolve(base, name.text);
  const read = await attempt(name.text, () => world.files.readText(path));
  if (read.kind === 'failed')
    throw complain(name, `names ${quoted(name.text)}, but ${read.failure.detail}`, 'correct the path');
  return { text: read.value, label: name.text };
}

// A policy from elsewhere is held to the content that somebody has looked at.
async function fetchPolicy(world: World, name: Text) {
  const [address = '', sum = ''] = name.text.split('#sha256=');
  if (!/^[0-9a-f]{64}$/.test(sum)) {
    throw complain(
      name,
      'is an address without a checksum',
      'write https://…#sha256=HEX, with the 64 digits of sha256sum',
    );
  }
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const isLocal = url !== undefined && /^(?:localhost|127\.[\d.]+|\[::1\])$/.test(url.hostname);
  if (url === undefined || (url.protocol !== 'https:' && !isLocal)) {
    throw complain(name, 'is not an https address', 'give one, or a path');
  }
  const label = `${url.origin}${url.pathname}`;
  const bytes = await fetchBytes(world, url, label);
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== sum) {
    throw fail(
      'digest-mismatch',
      label,
      `has the SHA-256 ${found} where ${sum} was asked for`,
      'look at what changed there',
    );
  }
  return { text: Buffer.from(bytes).toString('utf8'), label };
}

async function fetchBytes(world: World, url: URL, label: string): Promise<Uint8Array> {
  const fetched = await attempt(label, async () => {
    const { status, body } = await world.http({ method: 'GET', url: url.href, headers: { accept: '*/*' } });
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of body) {
      size += chunk.length;
      if (size > largest) throw fail('too-large', label, `is larger than ${largest} bytes`);
      chunks.push(chunk);
    }
    return { status, bytes: Buffer.concat(chunks) };
  });
  if (fetched.kind === 'done' && fetched.value.status === 200) return fetched.value.bytes;
  const detail = fetched.kind === 'done' ? `answered ${fetched.value.status}` : fetched.failure.detail;
  throw fail(
    'unreachable',
    label,
    `policy cannot be fetched: ${detail}`,
    'check its address, or keep a copy beside the configuration',
  );
}

// Where a value stands is told by its own file.
function placed(node: YamlNode, file: string): YamlNode {
  switch (node.kind) {
    case 'text':
      return { ...node, file };
    case 'empty':
      return node;
    case 'list':
      return { ...node, items: node.items.map((item) => placed(item, file)) };
    case 'mapping':
      return { ...node, entries: node.entries.map((entry) => ({ ...entry, value: placed(entry.value, file) })) };
  }
}

function overlay(below: YamlNode, over: YamlNode): YamlNode {
  if (below.kind !== 'mapping' || over.kind !== 'mapping') return over.kind === 'empty' ? below : over;
  const own = new Map(over.entries.map((entry) => [entry.key, entry]));
  const merged = below.entries.map((entry): YamlEntry => {
    const mine = own.get(entry.key);
    return mine === undefined ? entry : { ...mine, value: join(entry, mine) };
  });
  const known = new Set(below.entries.map(({ key }) => key));
  return { ...over, entries: [...merged, ...over.entries.filter(({ key }) => !known.has(key))] };
}

// Lists of entries that stand for themselves add up; every other list is a value.
function join(below: YamlEntry, over: YamlEntry): YamlNode {
  const adds = below.key === 'exceptions' || below.key === 'verify-base';
  if (adds && below.value.kind === 'list' && over.value.kind === 'list') {
    return { ...over.value, items: [...below.value.items, ...over.value.items] };
  }
  return overlay(below.value, over.value);
}
