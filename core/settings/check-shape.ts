import { type Failure, FailureError, fail } from '../failure.ts';
import type { MappingShape, Shape, ValueInput } from './shape.ts';
import { complain, nearest, verify } from './value.ts';
import type { YamlNode } from './yaml.ts';

interface Place {
  readonly file: string;
  /** Dotted path of the node, empty at the root. */
  readonly key: string;
}

/** Something that is not as the shape says, and the line at which it stands. */
interface Problem {
  readonly line: number;
  readonly failure: Failure;
}

// Who has more to mend than this begins with these; a hostile file costs no more.
const mostProblems = 100;

/** Refuses everything in the file that is not as the shape says, by line, naming file, line and key. */
export function checkShape(node: YamlNode, shape: Shape, place: Place): void {
  const found: Problem[] = [];
  for (const problem of problemsIn(node, shape, place)) {
    if (found.length === mostProblems) {
      const more = fail('config', place.file, `has more problems than these ${mostProblems}`, 'mend these first');
      found.push(problemAt(Number.POSITIVE_INFINITY, more));
      break;
    }
    found.push(problem);
  }
  const [first, ...others] = found.toSorted((a, b) => a.line - b.line).map(({ failure }) => failure);
  if (first !== undefined) throw new FailureError(first, undefined, others);
}

function* problemsIn(node: YamlNode, shape: Shape, place: Place): Generator<Problem> {
  switch (shape.kind) {
    case 'mapping':
      yield* problemsOfMapping(node, shape, place);
      break;
    case 'list':
      yield* problemsOfList(node, shape.items, place);
      break;
    case 'value':
      yield* problemsOfValue(node, shape.input, place);
      break;
  }
}

function* problemsOfMapping(node: YamlNode, shape: MappingShape, place: Place): Generator<Problem> {
  if (node.kind !== 'mapping') return yield wrongKind(node, place, 'a mapping of keys');
  for (const entry of node.entries) {
    const path = join(place.key, entry.key);
    const key = Object.hasOwn(shape.keys, entry.key) ? shape.keys[entry.key] : undefined;
    if (key === undefined) {
      yield problemAt(entry.line, unknownKey(`${place.file}:${entry.line}`, path, entry.key, shape));
    } else yield* problemsIn(entry.value, key.shape, { file: place.file, key: path });
  }
  for (const [name, key] of Object.entries(shape.keys)) {
    const isThere = (wanted: string) => node.entries.some((entry) => entry.key === wanted);
    const isNeeded = key.required === true || (key.required !== undefined && !isThere(key.required.unless));
    if (isNeeded && !isThere(name)) {
      const detail = `${place.key || 'the file'} has no ${name}`;
      yield problemAt(node.line, fail('config', `${place.file}:${node.line}`, detail, `add ${name}`));
    }
  }
}

function* problemsOfList(node: YamlNode, items: Shape, place: Place): Generator<Problem> {
  if (node.kind !== 'list') return yield wrongKind(node, place, 'a list');
  for (const [index, item] of node.items.entries()) {
    yield* problemsIn(item, items, { file: place.file, key: `${place.key}[${index}]` });
  }
}

function* problemsOfValue(node: YamlNode, input: ValueInput, place: Place): Generator<Problem> {
  if (input.kind === 'list') yield* problemsOfList(node, plainText, place);
  else if (input.kind === 'pairs') yield* problemsOfPairs(node, place);
  else if (node.kind !== 'text' || node.text.trim() === '') yield wrongKind(node, place, 'one value');
  else {
    try {
      verify({ text: node.text, where: `${place.file}:${node.line}`, key: place.key }, input);
    } catch (thrown) {
      if (!(thrown instanceof FailureError)) throw thrown;
      yield problemAt(node.line, thrown);
    }
  }
}

function problemAt(line: number, { failure }: FailureError): Problem {
  return { line, failure };
}

const plainText: Shape = { kind: 'value', input: { kind: 'string', from: 'repository' } };

function* problemsOfPairs(node: YamlNode, place: Place): Generator<Problem> {
  if (node.kind !== 'mapping') return yield wrongKind(node, place, 'a mapping of names to values');
  for (const { key, value } of node.entries) {
    yield* problemsIn(value, plainText, { ...place, key: join(place.key, key) });
  }
}

const kindNames: Readonly<Record<YamlNode['kind'], string>> = {
  text: 'one value',
  empty: 'empty',
  list: 'a list',
  mapping: 'a mapping',
};

function wrongKind(node: YamlNode, place: Place, wanted: string): Problem {
  const where = `${place.file}:${node.line}`;
  const isEmpty = node.kind === 'empty' || (node.kind === 'text' && node.text.trim() === '');
  const remedy = isEmpty ? `give it ${wanted} or remove it` : `write it as ${wanted}`;
  const failed =
    place.key === ''
      ? fail('config', where, `the file is ${kindNames[node.kind]}`, remedy)
      : complain({ where, key: place.key }, `is ${isEmpty ? 'empty' : kindNames[node.kind]}`, remedy);
  return problemAt(node.line, failed);
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
