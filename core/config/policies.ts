import { createHash } from 'node:crypto';
import { isAbsolute, resolve } from 'node:path';
import { attempt, fail } from '../failure.ts';
import type { gateInputs } from '../gate/inputs.ts';
import type { World } from '../ports.ts';
import { checkShape } from '../settings/check-shape.ts';
import { below, type FileNode, statedTexts } from '../settings/file-node.ts';
import type { Settings } from '../settings/settings.ts';
import { mapping } from '../settings/shape.ts';
import { spellOut } from '../settings/spell-out.ts';
import { complain, quoted, type Text } from '../settings/value.ts';
import { parseYaml, type YamlEntry, type YamlNode } from '../settings/yaml.ts';
import { configShape } from './file-shape.ts';
import { type Jurisdiction, refuseUnpermitted } from './permissions.ts';

const largest = 1024 * 1024;

/** Keys of a policy file; each is also a key of the configuration file, and means the same. */
const layered = ['gate', 'verify-base', 'verify-attestations'] as const;

/** The configuration with the policies of the repository below it, and the policies of the run below all. */
export interface LayeredFile {
  readonly file: FileNode | undefined;
  /** What the policies say that the run names; absent where it names none. */
  readonly floor?: FileNode;
}

/** Where policy files are read, and what holds for those that the repository names. */
export interface PolicySource {
  readonly world: World;
  readonly root: string;
  /** Absent where the configuration is a file of the run itself. */
  readonly jurisdiction?: Jurisdiction;
}

/**
 * Lays the configuration file over the policy files that it names, the first of them the lowest: what a file says of
 * `gate:` goes over what those below it say, key by key; exceptions and trusted signers add up. The policies that the run
 * names are apart: they are what the rest is held to.
 */
export async function withPolicies(
  { world, root, jurisdiction }: PolicySource,
  settings: Settings<typeof gateInputs>,
  file: FileNode | undefined,
): Promise<LayeredFile> {
  const named = statedTexts(below(file, 'policies'));
  const policies = await Promise.all(named.map((name) => readPolicyFile(world, root, name, jurisdiction)));
  const own: FileNode = file ?? { file: '', key: '', node: nothing };
  const repository = { ...own, node: policies.reduceRight((over, policy) => overlay(policy, over), own.node) };
  if (settings.given('policy') === undefined) return { file: file === undefined ? undefined : repository };
  const given = await Promise.all(settings.texts('policy').map((name) => readPolicyFile(world, world.cwd, name)));
  const floor = given.reduceRight((over, policy) => overlay(policy, over), nothing);
  // The rules of the run come first: of those that fit a base, the first counts.
  return {
    file: { ...repository, node: overlay(onlyTrust(floor), repository.node) },
    floor: { file: '', key: '', node: floor },
  };
}

const nothing: YamlNode = { kind: 'mapping', entries: [], line: 1 };

function onlyTrust(floor: YamlNode): YamlNode {
  if (floor.kind !== 'mapping') return nothing;
  return { ...floor, entries: floor.entries.filter(({ key }) => key !== 'gate') };
}

async function readPolicyFile(world: World, base: string, name: Text, jurisdiction?: Jurisdiction): Promise<YamlNode> {
  const { text, label } = /^https?:/.test(name.text)
    ? await fetchPolicy(world, name)
    : await readLocal(world, base, name);
  const parsed = parseYaml(text, label);
  if (parsed === undefined) return nothing;
  const { keys } = configShape();
  const shape = mapping(
    Object.fromEntries(layered.flatMap((key) => (keys[key] === undefined ? [] : [[key, keys[key]]]))),
  );
  const node = spellOut(parsed, shape);
  checkShape(node, shape, { file: label, key: '' });
  if (jurisdiction !== undefined) await refuseUnpermitted(jurisdiction, node, label, shape);
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

// A value is named by the file in which it stands.
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
  const adds = ['exceptions', 'rules', 'verify-base', 'verify-attestations'].includes(below.key);
  if (adds && below.value.kind === 'list' && over.value.kind === 'list') {
    return { ...over.value, items: [...below.value.items, ...over.value.items] };
  }
  return overlay(below.value, over.value);
}
