import { RE2JS } from 're2js';
import * as v from 'valibot';
import { fail } from '../../failure.ts';
import { parseYaml, type YamlNode } from '../../settings/yaml.ts';
import type { Expected, MetadataTest, StructureTests } from './tests.ts';

const text = v.string();
const name = v.pipe(text, v.nonEmpty('is empty'));
const boolean = v.pipe(
  text,
  v.regex(/^(?:true|false)$/i, 'is neither true nor false'),
  v.transform((input) => input.toLowerCase() === 'true'),
);
const id = v.pipe(text, v.regex(/^-?\d{1,10}$/, 'is not a number'), v.transform(Number));
const texts = v.optional(v.array(text), []);
const pattern = v.pipe(text, v.rawTransform(compiled));
const patterns = v.optional(v.array(pattern), []);
const pairs = v.optional(
  v.array(
    v.pipe(
      v.strictObject({ key: name, value: v.optional(text, ''), isRegex: v.optional(boolean, 'false') }),
      v.rawTransform(({ dataset, addIssue, NEVER }): { key: string; value: Expected } => {
        const { key, value, isRegex } = dataset.value;
        if (!isRegex) return { key, value: { kind: 'equal', text: value } };
        const found = patternOf(value);
        if (found !== undefined) return { key, value: { kind: 'match', pattern: found } };
        addIssue({ message: 'is not an RE2 regular expression' });
        return NEVER;
      }),
    ),
  ),
  [],
);

const existence = v.strictObject({
  name,
  path: name,
  shouldExist: v.optional(boolean, 'true'),
  permissions: v.exactOptional(name),
  uid: v.exactOptional(id),
  gid: v.exactOptional(id),
  isExecutableBy: v.exactOptional(v.picklist(['owner', 'group', 'other', 'any'], 'is not owner, group, other or any')),
});
const content = v.strictObject({ name, path: name, expectedContents: patterns, excludedContents: patterns });
const metadata = v.strictObject({
  envVars: pairs,
  // The name in older files.
  env: pairs,
  unboundEnvVars: v.optional(v.array(v.strictObject({ key: name, value: v.optional(text, '') })), []),
  labels: pairs,
  exposedPorts: texts,
  unexposedPorts: texts,
  volumes: texts,
  unmountedVolumes: texts,
  entrypoint: v.exactOptional(v.array(text)),
  cmd: v.exactOptional(v.array(text)),
  workdir: v.exactOptional(text),
  user: v.exactOptional(text),
});
const needsContainer = v.exactOptional(
  v.pipe(
    v.unknown(),
    v.check(() => false, 'needs a container; give what is to be run as tests.command'),
  ),
);
const schema = v.strictObject({
  schemaVersion: v.literal('2.0.0', 'is not 2.0.0'),
  fileExistenceTests: v.optional(v.array(existence), []),
  fileContentTests: v.optional(v.array(content), []),
  metadataTest: v.exactOptional(metadata),
  commandTests: needsContainer,
  globalEnvVars: needsContainer,
  containerRunOptions: needsContainer,
  licenseTests: v.exactOptional(
    v.pipe(
      v.unknown(),
      v.check(() => false, 'is not checked here; take it out'),
    ),
  ),
});

/** Reads a file in the form of container-structure-test; throws `config` where it asks for what is not checked. */
export function readStructureTests(source: string, file: string): StructureTests {
  const node = parseYaml(source, file);
  if (node === undefined) throw fail('config', file, 'is empty', 'give it tests or take it out of tests.structure');
  const parsed = v.safeParse(schema, plain(node), { abortEarly: true });
  if (!parsed.success) throw complaint(node, parsed.issues[0], file);
  const { fileExistenceTests, fileContentTests, metadataTest } = parsed.output;
  const tests = { file, existence: fileExistenceTests, content: fileContentTests };
  return metadataTest === undefined ? tests : { ...tests, metadata: metadataOf(metadataTest) };
}

function metadataOf({ env, envVars, unboundEnvVars, ...rest }: v.InferOutput<typeof metadata>): MetadataTest {
  return { ...rest, envVars: [...envVars, ...env], unboundEnvVars: unboundEnvVars.map(({ key }) => key) };
}

function complaint(root: YamlNode, issue: v.BaseIssue<unknown>, file: string) {
  const path = (issue.path ?? []).map(({ key }) => String(key));
  const unknown = issue.type === 'strict_object' && issue.expected === 'never';
  const what = unknown ? 'is not a key of container-structure-test' : issue.message;
  const [fact = '', remedy] = what.split('; ');
  const detail = path.length === 0 ? fact : `${path.join('.')} ${fact}`;
  return fail('config', `${file}:${lineAt(root, path)}`, detail, remedy ?? 'fix the file');
}

function lineAt(node: YamlNode, [key, ...rest]: readonly string[]): number {
  if (key === undefined) return node.line;
  if (node.kind === 'list') {
    const item = node.items[Number(key)];
    return item === undefined ? node.line : lineAt(item, rest);
  }
  const entry = node.kind === 'mapping' ? node.entries.find((candidate) => candidate.key === key) : undefined;
  if (entry === undefined) return node.line;
  return rest.length === 0 ? entry.line : lineAt(entry.value, rest);
}

// Values stay text, so that the label 1.20 never becomes 1.2. A key without a value is as if it were not there.
function plain(node: YamlNode): unknown {
  switch (node.kind) {
    case 'text':
      return node.text;
    case 'empty':
      return undefined;
    case 'list':
      return node.items.map(plain);
    case 'mapping': {
      const entries = node.entries.map(({ key, value }) => [key, plain(value)] as const);
      return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
    }
  }
}

function compiled({ dataset, addIssue, NEVER }: v.RawTransformContext<string>): RE2JS {
  const found = patternOf(dataset.value);
  if (found !== undefined) return found;
  addIssue({ message: 'is not an RE2 regular expression' });
  return NEVER;
}

// What a pattern comes to grows with it, and with every number of times in it.
const longestPattern = 1_000;

function patternOf(source: string): RE2JS | undefined {
  if (source.length > longestPattern) return undefined;
  try {
    return RE2JS.compile(source);
  } catch {
    return undefined;
  }
}
