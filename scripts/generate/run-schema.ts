import type * as v from 'valibot';
import { runSchema } from '../../core/fleet/run-file.ts';
import { formatJson } from './json.ts';
import { product } from './product.ts';

type Json = Readonly<Record<string, unknown>>;
type Schema = v.GenericSchema & Readonly<Record<string, unknown>>;

/** The JSON Schema of run.json, made of the schema that reads it. */
export function runFileSchema(): string {
  return formatJson({
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: `${product.repository}/raw/main/docs/reference/run.schema.json`,
    title: 'Run of Base Image Refresh',
    ...schemaOf(runSchema as unknown as Schema),
  });
}

/** As many of the library's schemas as a run is made of; another one is a mistake to be seen here. */
function schemaOf(schema: Schema): Json {
  const { type, entries, item, wrapped, options, literal, pipe } = schema as Record<string, unknown> & { type: string };
  const rules = Array.isArray(pipe) ? pipe.slice(1).map(ruleOf) : [];
  const own = (): Json => {
    switch (type) {
      case 'strict_object':
        return objectOf(entries as Readonly<Record<string, Schema>>);
      case 'array':
        return { type: 'array', items: schemaOf(item as Schema) };
      case 'nullable':
        return { anyOf: [schemaOf(wrapped as Schema), { type: 'null' }] };
      case 'exact_optional':
        return schemaOf(wrapped as Schema);
      case 'picklist':
        return { enum: options };
      case 'literal':
        return { const: literal };
      case 'custom':
        return { type: 'string', pattern: '^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$' };
      case 'string':
      case 'number':
      case 'boolean':
        return { type };
    }
    throw new Error(`a schema of kind ${type} has no JSON Schema here`);
  };
  return Object.assign(own(), ...rules);
}

function objectOf(entries: Readonly<Record<string, Schema>>): Json {
  return {
    type: 'object',
    additionalProperties: false,
    required: Object.keys(entries).filter((name) => entries[name]?.type !== 'exact_optional'),
    properties: Object.fromEntries(Object.entries(entries).map(([name, schema]) => [name, schemaOf(schema)])),
  };
}

function ruleOf(rule: { readonly type: string; readonly requirement?: unknown }): Json {
  const { type, requirement } = rule;
  switch (type) {
    case 'max_length':
      return { maxLength: requirement };
    case 'min_value':
      return { minimum: requirement };
    case 'integer':
      return { type: 'integer' };
    case 'iso_timestamp':
      return { format: 'date-time' };
    case 'regex':
      return { pattern: (requirement as RegExp).source };
    case 'string':
    case 'number':
      return {};
  }
  throw new Error(`a rule of kind ${type} has no JSON Schema here`);
}
