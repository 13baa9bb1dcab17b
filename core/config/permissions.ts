import { inputs } from '../inputs.ts';
import type { World } from '../ports.ts';
import type { HostKind, Named } from '../settings/input.ts';
import { namesRunner, nothing } from '../settings/named.ts';
import { type Permission, permits, unpermitted } from '../settings/permissions.ts';
import type { MappingShape, Shape, ValueInput } from '../settings/shape.ts';
import { quoted } from '../settings/value.ts';
import type { YamlNode } from '../settings/yaml.ts';
import { elementsOf, entriesOf } from '../settings/yaml-node.ts';
import { whyNotOfRepository } from './checkout.ts';

/** What decides of a file of the repository whether it may say what it says. */
export interface Jurisdiction {
  readonly world: Pick<World, 'files' | 'env' | 'cwd'>;
  readonly host: HostKind;
  /** The folder of the run; absolute. */
  readonly root: string;
  readonly permissions: readonly Permission[];
}

/** A value of the file that names something, and the key that it stands at. */
interface Said {
  readonly key: string;
  readonly line: number;
  readonly text: string;
  readonly named: Exclude<Named, { readonly kind: 'nothing' }>;
}

/** Refuses the first thing in a file of the repository that only the run may say, and says how the run can allow it. */
export async function refuseUnpermitted(
  { world, host, root, permissions }: Jurisdiction,
  node: YamlNode,
  file: string,
  shape: MappingShape,
): Promise<void> {
  for (const { key, line, text, named } of saidIn(node, shape, '')) {
    const input = inputOf(key);
    const name = permissionOf(key);
    const what = named.kind === 'file' ? named.path : named.what;
    if (permits(permissions, name, what)) continue;
    const why =
      named.kind === 'runner' ? 'which only the run may name' : await whyNotOfRepository(world, root, named.path);
    if (why === undefined) continue;
    const fact = `names ${quoted(text)}, ${why}`;
    const also = { ...(what === undefined ? {} : { what }), ...(input === undefined ? {} : { input }) };
    throw unpermitted(host, { where: `${file}:${line}`, key, name, fact, ...also });
  }
}

function saidIn(node: YamlNode, shape: Shape, key: string): readonly Said[] {
  switch (shape.kind) {
    case 'mapping':
      return entriesOf(node).flatMap((entry) => {
        const below = Object.hasOwn(shape.keys, entry.key) ? shape.keys[entry.key] : undefined;
        const path = key === '' ? entry.key : `${key}.${entry.key}`;
        return below === undefined ? [] : saidIn(entry.value, below.shape, path);
      });
    case 'list':
      return elementsOf(node).flatMap((item, index) => saidIn(item, shape.items, `${key}[${index}]`));
    case 'value':
      return textsIn(node, shape.input).flatMap(({ text, line }) => {
        const named = namesOf(shape.input)(text);
        return named.kind === 'nothing' ? [] : [{ key, line, text, named }];
      });
  }
}

function textsIn(node: YamlNode, { kind }: ValueInput): readonly { readonly text: string; readonly line: number }[] {
  const ofPair = kind === 'pairs';
  if (node.kind === 'text') return [node];
  return [
    ...elementsOf(node).flatMap((item) => (item.kind === 'text' ? [item] : [])),
    ...entriesOf(node).flatMap(({ key, value, line }) =>
      ofPair && value.kind === 'text' ? [{ text: `${key}=${value.text}`, line }] : [],
    ),
  ];
}

function namesOf({ from, names }: ValueInput): (text: string) => Named {
  return names ?? (from === 'run' ? namesRunner : () => nothing);
}

/** The name under which the run allows what stands at a key: its input's, else the key itself. */
export function permissionOf(key: string): string {
  return inputOf(key) ?? pathOf(key).replaceAll('.', '-');
}

function inputOf(key: string): string | undefined {
  const path = pathOf(key);
  return inputs.find(({ config }) => config === path)?.name;
}

// What an image says is allowed as what is said of all.
function pathOf(key: string): string {
  return key.replace(/^images\[\d*\]\./, '').replaceAll(/\[\d*\]/g, '');
}

/** The keys of a shape at which a file of the repository may name something only where the run allows it. */
export function guardedKeys(shape: Shape, key = ''): readonly string[] {
  switch (shape.kind) {
    case 'mapping':
      return Object.entries(shape.keys).flatMap(([name, below]) =>
        guardedKeys(below.shape, key === '' ? name : `${key}.${name}`),
      );
    case 'list':
      return guardedKeys(shape.items, `${key}[]`);
    case 'value':
      return shape.input.from === 'run' || shape.input.names !== undefined ? [key] : [];
  }
}

/** Everything that the run can allow by name. */
export function permissionNames(shape: Shape): readonly string[] {
  return [...new Set(guardedKeys(shape).map(permissionOf))];
}
