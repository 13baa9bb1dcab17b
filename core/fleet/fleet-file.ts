import * as v from 'valibot';
import { fail } from '../failure.ts';
import { parseYaml, type YamlNode } from '../settings/yaml.ts';

const text = v.pipe(v.string(), v.minLength(1), v.maxLength(2000));
/** What git fetches from: no option, no program, no credentials, and no folder of this machine unless it says so. */
export const url = v.pipe(
  text,
  v.regex(
    /^(?:ssh:\/\/(?:\w[\w.-]*@)?|(?:https?|git|file):\/\/)(?![-@])[^\s/@]*(?:\/\S*)?$/,
    'is no address such as https://HOST/OWNER/NAME, without credentials',
  ),
);
const variable = v.pipe(text, v.regex(/^[A-Za-z_]\w*$/, 'is no name of a variable'));
const api = v.pipe(text, v.regex(/^https?:\/\/[^\s?#]+$/, 'is no address such as https://HOST'));

const member = v.strictObject({
  url,
  /** Branch, tag or commit; the default branch when absent. */
  ref: v.exactOptional(text),
  /** By what its images are known; the end of its address when absent. */
  name: v.exactOptional(v.pipe(text, v.regex(/^[\w.-]+(?:\/[\w.-]+)*$/))),
  /** Inputs for its images alone, in place of those of the run. */
  inputs: v.exactOptional(v.record(v.string(), v.string())),
});

const filter = { exclude: v.exactOptional(v.array(text)), ref: v.exactOptional(text) };

const schema = v.strictObject({
  repositories: v.exactOptional(v.array(v.union([url, member]))),
  github: v.exactOptional(v.strictObject({ organization: text, api: v.exactOptional(api), ...filter })),
  azure: v.exactOptional(v.strictObject({ collection: api, project: text, ...filter })),
  /** Variable that holds the token for listing and cloning. */
  'token-env': v.exactOptional(variable),
  /** GitHub App that makes a token for each repository alone. */
  app: v.exactOptional(
    v.strictObject({ id: text, installation: text, 'key-env': variable, api: v.exactOptional(api) }),
  ),
});

/** Which repositories a fleet is of, and with what they are read. */
export type FleetFile = v.InferOutput<typeof schema>;
/** One repository of a fleet. */
export type FleetMember = v.InferOutput<typeof member> & { readonly name: string };

/** Reads fleet.yml; throws `config` for what it cannot say. */
export function parseFleet(source: string, file: string): FleetFile {
  const root = parseYaml(source, file);
  const read = v.safeParse(schema, root === undefined ? {} : plain(root), { abortEarly: true });
  if (!read.success) {
    const [issue] = read.issues;
    const path = v.getDotPath(issue) ?? 'the file';
    throw fail('config', file, `${path}: ${issue.message.slice(0, 300)}`, 'write it as docs/fleet.md shows');
  }
  const { repositories = [], github, azure } = read.output;
  if (repositories.length > 0 || github !== undefined || azure !== undefined) return read.output;
  throw fail('config', file, 'names no repositories', 'give repositories, github or azure');
}

function plain(node: YamlNode): unknown {
  switch (node.kind) {
    case 'text':
      return node.text;
    case 'empty':
      return null;
    case 'list':
      return node.items.map(plain);
    case 'mapping':
      return Object.fromEntries(node.entries.map(({ key, value }) => [key, plain(value)]));
  }
}

/**
 * The repositories with a name of their own each: as much of the end of their addresses as tells them apart. No name is the
 * beginning of another: images are called by the name of their repository and their own, which may have a `/` too.
 */
export function withNames(
  members: readonly (string | (Omit<FleetMember, 'name'> & { readonly name?: string }))[],
): readonly FleetMember[] {
  const all = members.map((one) => (typeof one === 'string' ? { url: one } : one));
  const distinct = [...new Map(all.map((one) => [one.url, one])).values()];
  const ends = (count: number) => distinct.map((one) => one.name ?? endOf(one.url, count));
  const long = ends(2);
  const apart = (names: readonly string[]) => {
    const isTaken = clashesAmong(names);
    return names.map((name, at) => (isTaken(name) ? (long[at] ?? name) : name));
  };
  // What is longer now may begin as another does.
  const names = apart(apart(ends(1)));
  const isTaken = clashesAmong(names);
  const found = distinct.map((one, at) => ({ ...one, name: names[at] ?? '' }));
  const clash = found.find(({ name }) => isTaken(name));
  if (clash === undefined) return found;
  const fact = `is called ${clash.name} as another repository is, or as the name of another begins`;
  throw fail('config', clash.url, fact, 'give one of them a name');
}

function clashesAmong(names: readonly string[]): (name: string) => boolean {
  const met = new Set<string>();
  const taken = new Set<string>();
  for (const name of names) {
    if (met.has(name)) taken.add(name);
    met.add(name);
    for (let at = name.indexOf('/'); at !== -1; at = name.indexOf('/', at + 1)) taken.add(name.slice(0, at));
  }
  return (name) => taken.has(name);
}

function endOf(address: string, count: number): string {
  const parts = address
    .replace(/(?:\.git)?\/*$/, '')
    .split('/')
    .filter((part) => part !== '');
  return parts
    .slice(-count)
    .join('/')
    .replace(/[^\w./-]+/g, '-');
}
