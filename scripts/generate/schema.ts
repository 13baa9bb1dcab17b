import { lockFileShape } from '../../core/baseline/lock-file-shape.ts';
import { configShape } from '../../core/config/file-shape.ts';
import type { InputDefinition } from '../../core/settings/input.ts';
import type { Key, MappingShape, Shape } from '../../core/settings/shape.ts';
import { formatJson } from './json.ts';
import { product } from './product.ts';

type Json = Readonly<Record<string, unknown>>;

/** The JSON Schema of .base-image-refresh.yml, for editors. */
export function configSchema(): string {
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: `${product.repository}/raw/main/docs/reference/config.schema.json`,
    title: 'Configuration of Base Image Refresh',
    ...mapping(configShape()),
  };
  return formatJson(schema);
}

/** The JSON Schema of base-images.lock.json, for editors. */
export function lockFileSchema(): string {
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: `${product.repository}/raw/main/docs/reference/base-images.lock.schema.json`,
    title: 'Lock file of Base Image Refresh',
    ...mapping(lockFileShape),
  };
  return formatJson(schema);
}

function schemaOf(shape: Shape): Json {
  switch (shape.kind) {
    case 'mapping':
      return mapping(shape);
    case 'list':
      return { type: 'array', items: schemaOf(shape.items) };
    case 'value':
      return valueSchema(shape.input);
  }
}

function mapping(shape: MappingShape): Json {
  const keys = Object.entries(shape.keys);
  const required = keys.filter(([, key]) => key.required === true).map(([name]) => name);
  const either = keys.flatMap(([name, { required: needed }]) =>
    needed === undefined || needed === true ? [] : [{ anyOf: [{ required: [name] }, { required: [needed.unless] }] }],
  );
  const whole = {
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(keys.map(([name, key]) => [name, keySchema(key)])),
    ...(required.length === 0 ? {} : { required }),
    ...(either.length === 0 ? {} : { allOf: either }),
  };
  const word = shape.word === undefined ? undefined : shape.keys[shape.word];
  if (word === undefined) return whole;
  return { ...whole, type: ['object', 'string'], anyOf: [{ type: 'object' }, schemaOf(word.shape)] };
}

function keySchema({ help, shape }: Key): Json {
  return { description: `${help}${permissionWords(shape)}`, ...schemaOf(shape) };
}

// Editors show it where the key is written.
function permissionWords(shape: Shape): string {
  if (shape.kind !== 'value') return '';
  if (shape.input.names !== undefined)
    return ' What names something of the runner needs the permission of the run (allow).';
  return shape.input.from === 'run' ? ' Needs the permission of the run (allow).' : '';
}

// An editor sees YAML's types: a tag may look like a number to it, and so may a build argument.
const text = { type: ['string', 'number', 'boolean'] };

function valueSchema(input: Pick<InputDefinition, 'kind' | 'range' | 'default' | 'aliases'>): Json {
  const { kind } = input;
  if (typeof kind === 'object') {
    return { enum: [...kind.choice, ...Object.keys(input.aliases ?? {})], ...defaultOf(input.default) };
  }
  switch (kind) {
    case 'boolean':
      return { type: 'boolean', ...defaultOf(input.default === undefined ? undefined : input.default === 'true') };
    case 'number': {
      const number = input.default === undefined ? undefined : Number(input.default);
      return { type: 'integer', ...input.range, ...defaultOf(number) };
    }
    case 'duration':
      return { type: 'string', pattern: '^\\d{1,6}(s|m|h)$', ...defaultOf(input.default) };
    case 'list':
      return { type: ['array', ...text.type], items: text };
    case 'pairs':
      return { type: 'object', additionalProperties: text };
    case 'string':
    case 'secret':
    case 'path':
      return { ...text, ...defaultOf(input.default) };
  }
}

function defaultOf(value: unknown): Json {
  return value === undefined ? {} : { default: value };
}
