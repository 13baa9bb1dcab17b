import { FailureError } from '../failure.ts';
import { type Platform, parsePlatform } from '../oci/platform.ts';
import { asReference, parseReference, type Reference, type TagName } from '../oci/reference.ts';
import type { Pair } from './file-node.ts';
import { invalid, type Text } from './value.ts';

/** An image reference; a failure names the option or the line that gives it. */
export function referenceOf(value: Text): Reference {
  try {
    return parseReference(value.text);
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    const lower = inLowerCase(value.text);
    const isCase = lower !== value.text && lower.length <= 100 && asReference(lower) !== undefined;
    if (isCase) throw invalid(value, `repository names are lower case: ${lower}`);
    throw invalid(value, 'give an image reference such as ghcr.io/acme/web:1.2');
  }
}

// Tags keep their case.
function inLowerCase(text: string): string {
  const name = text.split('@', 1)[0] ?? '';
  const colon = name.indexOf(':', name.lastIndexOf('/') + 1);
  const end = colon < 0 ? name.length : colon;
  return text.slice(0, end).toLowerCase() + text.slice(end);
}

/** A platform such as linux/arm64. */
export function platformValue(value: Text): Platform {
  const platform = parsePlatform(value.text);
  if (platform !== undefined) return platform;
  throw invalid(value, 'give a platform such as linux/amd64 or linux/arm/v7');
}

/** A tag by distribution-spec's grammar, or a reference with the tag of another repository. */
export function tagNameOf(value: Text): TagName {
  if (/^\w[\w.-]{0,127}$/.test(value.text)) return value.text;
  if (!/[/:@]/.test(value.text)) throw invalid(value, 'give a tag of letters, digits, "_", "." and "-"');
  const { tag, ...reference } = referenceOf(value);
  const isStated = /:[^/]+$/.test(value.text);
  if (tag !== undefined && isStated && reference.digest === undefined) return { ...reference, tag };
  throw invalid(value, 'of another repository, give a tag that can move, such as ghcr.io/acme/web:1.2');
}

// Docker Hub's names in old clients and in Docker's own configuration file.
const dockerHub = new Set(['index.docker.io', 'registry-1.docker.io', 'registry.hub.docker.com']);

/** A registry host with optional port, as references name it. */
export function registryHostOf(value: Text): string {
  const bare = value.text
    .toLowerCase()
    .replace(/^https?:\/\//, '')
    .replace(/\/(?:v[12]\/?)?$/, '');
  if (dockerHub.has(bare)) return 'docker.io';
  if (/^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(?::\d{1,5})?$/.test(bare)) return bare;
  throw invalid(value, 'give a registry host such as ghcr.io or localhost:5000');
}

/** A prefix of references: a registry host, or one with a path. */
export function prefixOf(value: Text): string {
  if (/^[A-Za-z0-9[][\w.:[\]-]*(?:\/[\w./-]+)?$/.test(value.text)) return value.text.replace(/\/+$/, '');
  throw invalid(value, 'give a host or host and path, such as mirror.example/hub');
}

/** A day that exists, as YYYY-MM-DD. */
export function dayOf(value: Text): string {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(value.text) ? new Date(`${value.text}T00:00:00Z`) : undefined;
  if (day !== undefined && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(value.text)) return value.text;
  throw invalid(value, 'give a day as YYYY-MM-DD');
}

/** The pairs as a record; the last of a name counts. */
export function recordOfPairs<T>(pairs: readonly Pair[], read: (value: Text) => T): Readonly<Record<string, T>> {
  return Object.fromEntries(pairs.map(({ name, value }) => [name, read(value)]));
}
