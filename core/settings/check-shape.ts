import { fail } from '../failure.ts';
import type { MappingShape, Shape, ValueInput } from './shape.ts';
import { complain, nearest, verify } from './value.ts';
import type { YamlNode } from './yaml.ts';

interface Place {
  readonly file: string;
  /** Dotted path of the node, empty at the root. */
  readonly key: string;
}

/** Refuses the first thing in the file that is not as the shape says, naming file, line and key. */
export function checkShape(node: YamlNode, shape: Shape, place: Place): void {
  switch (shape.kind) {
    case 'mapping':
      validateMapping(node, shape, place);
      break;
    case 'list':
      validateList(node, shape.items, place);
      break;
    case 'value':
      validateValue(node, shape.input, place);
      break;
  }
}

function validateMapping(node: YamlNode, shape: MappingShape, place: Place): void {
  if (node.kind !== 'mapping') throw wrongKind(node, place, 'a mapping of keys');
  for (const entry of node.entries) {
    const path = join(place.key, entry.key);
    const key = Object.hasOwn(shape.keys, entry.key) ? shape.keys[entry.key] : undefined;
    if (key === undefined) throw unknownKey(`${place.file}:${entry.line}`, path, entry.key, shape);
    checkShape(entry.value, key.shape, { file: place.file, key: path });
  }
  for (const [name, key] of Object.entries(shape.keys)) {
    const isThere = (wanted: string) => node.entries.some((entry) => entry.key === wanted);
    const isNeeded = key.required === true || (key.required !== undefined && !isThere(key.required.unless));
    if (isNeeded && !isThere(name)) {
      throw fail('config', `${place.file}:${node.line}`, `${place.key || 'the file'} has no ${name}`, `add ${name}`);
    }
  }
}

function validateList(node: YamlNode, items: Shape, place: Place): void {
  if (node.kind !== 'list') throw wrongKind(node, place, 'a list');
  for (const [index, item] of node.items.entries()) {
    checkShape(item, items, { file: place.file, key: `${place.key}[${index}]` });
  }
}

function validateValue(node: YamlNode, input: ValueInput, place: Place): void {
  if (input.kind === 'list') validateList(node, plainText, place);
  else if (input.kind === 'pairs') validatePairs(node, place);
  else if (node.kind !== 'text' || node.text.trim() === '') throw wrongKind(node, place, 'one value');
  else verify({ text: node.text, where: `${place.file}:${node.line}`, key: place.key }, input);
}

const plainText: Shape = { kind: 'value', input: { kind: 'string', from: 'repository' } };

function validatePairs(node: YamlNode, place: Place): void {
  if (node.kind !== 'mapping') throw wrongKind(node, place, 'a mapping of names to values');
  for (const { key, value } of node.entries) checkShape(value, plainText, { ...place, key: join(place.key, key) });
}

const kindNames: Readonly<Record<YamlNode['kind'], string>> = {
  text: 'one value',
  empty: 'empty',
  list: 'a list',
  mapping: 'a mapping',
};

function wrongKind(node: YamlNode, place: Place, wanted: string) {
  const where = `${place.file}:${node.line}`;
  const isEmpty = node.kind === 'empty' || (node.kind === 'text' && node.text.trim() === '');
  const remedy = isEmpty ? `give it ${wanted} or remove it` : `write it as ${wanted}`;
  if (place.key === '') return fail('config', where, `the file is ${kindNames[node.kind]}`, remedy);
  return complain({ where, key: place.key }, `is ${isEmpty ? 'empty' : kindNames[node.kind]}`, remedy);
}

function unknownKey(where: string, path: string, key: string, shape: MappingShape) {
  const own = Object.keys(shape.keys).map((name) => ({ name, label: name }));
  // `severity-threshold` at the top is most probably meant to stand below `gate`.
  const inner = Object.entries(shape.keys).flatMap(([name, { shape: below }]) =>
    below.kind === 'mapping' ? Object.keys(below.keys).map((last) => ({ name: last, label: `${name}.${last}` })) : [],
  );
  const all = [...own, ...inner];
  const near = nearest(
    key,
    all.map(({ name }) => name),
  );
  const remedy = `the nearest valid key is ${all.find(({ name }) => name === near)?.label}`;
  return fail('config', where, `${path} is not a key of the configuration`, remedy);
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}
