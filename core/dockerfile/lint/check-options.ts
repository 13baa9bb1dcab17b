import { givenArgument } from '../arguments.ts';
import { findDirective, isBoolean } from '../directives.ts';
import { DockerfileRefusal } from '../refusal.ts';

/** What a file, or who builds it, says of BuildKit's linter. */
export interface CheckOptions {
  /** Whether a violation ends the build. */
  readonly error: boolean;
  readonly skip: 'all' | ReadonlySet<string>;
  readonly experimental: 'all' | ReadonlySet<string>;
}

const argument = 'BUILDKIT_DOCKERFILE_CHECK';

/** The options of the `# check=` directive, or of the build argument that goes over it; throws Refusal for what are not options. */
export function checkOptions(text: string, args: Readonly<Record<string, string>>): CheckOptions {
  const given = givenArgument(args, argument);
  if (given !== undefined) return parse(given.trim(), null);
  const directive = findDirective('check', text);
  return parse(directive?.value ?? '', directive?.line ?? null);
}

type Selected = 'all' | ReadonlySet<string>;

function parse(text: string, line: number | null): CheckOptions {
  let options: CheckOptions = { error: false, skip: new Set(), experimental: new Set() };
  if (text === '') return options;
  for (const part of splitAtMost(text, ';', 3)) {
    const [key = '', value] = splitAtMost(part, '=', 2);
    const name = key.trim();
    const known = value === undefined ? undefined : optionOf(name, value.trim());
    if (known === undefined)
      throw new DockerfileRefusal('invalid-directive', line, `"${part}" is not a valid check option`);
    options = { ...options, ...known };
  }
  return options;
}

function optionOf(name: string, value: string): Partial<CheckOptions> | undefined {
  if (name === 'skip' || name === 'experimental') return { [name]: selected(value) };
  if (name !== 'error' || !isBoolean(value)) return undefined;
  return { error: /^[1tT]/.test(value) };
}

function selected(value: string): Selected {
  return value === 'all' ? 'all' : new Set(value.split(',').map((rule) => rule.trim()));
}

function splitAtMost(text: string, separator: string, count: number): readonly string[] {
  const parts = text.split(separator);
  if (parts.length <= count) return parts;
  return [...parts.slice(0, count - 1), parts.slice(count - 1).join(separator)];
}
