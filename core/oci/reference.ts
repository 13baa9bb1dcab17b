import { FailureError, fail } from '../failure.ts';
import { asDigest, type Digest } from './digest.ts';

/** A repository on a registry; `registry` is a host with optional port, `docker.io` for Docker Hub. */
export interface Repository {
  readonly registry: string;
  readonly repository: string;
}

/** A canonical image reference (distribution/reference): registry and `library/` are always spelled out. */
export interface Reference extends Repository {
  readonly tag?: string;
  readonly digest?: Digest;
}

const hub = 'docker.io';
const label = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const host = `(?:${label}(?:\\.${label})*|\\[(?:[a-fA-F0-9:]+)\\])(?::[0-9]+)?`;
const component = '[a-z0-9]+(?:(?:[._]|__|[-]+)[a-z0-9]+)*';
const path = `${component}(?:/${component})*`;
const grammar = new RegExp(
  `^((?:(?:${host})/)?${path})(?::([\\w][\\w.-]{0,127}))?(?:@([A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}))?$`,
);

/** Parses a reference as Docker does (distribution/reference, ParseNormalizedNamed and TagNameOnly); throws `malformed`. */
export function parseReference(text: string): Reference {
  if (/^[a-f0-9]{64}$/.test(text)) throw refused(text, 'is an image ID and no reference');
  const { registry, remainder } = splitDomain(text);
  const name = remainder.split(/[:@]/, 1)[0] ?? '';
  if (name !== name.toLowerCase()) throw refused(text, 'has upper case in its repository name');
  const match = grammar.exec(`${registry}/${remainder}`);
  if (match === null) throw refused(text, 'is not a valid image reference');
  const repository = (match[1] ?? '').slice(registry.length + 1);
  // The authority counts the path, with library/, and not the host.
  if (repository.length > 255) throw refused(text, 'has a repository name of more than 255 characters');
  const [, , tag, hash] = match;
  const digest = hash === undefined ? undefined : digestIn(hash);
  if (hash !== undefined && digest === undefined)
    throw refused(text, 'has a digest that is not sha256, sha384 or sha512');
  return {
    registry,
    repository,
    ...(tag === undefined && digest === undefined ? { tag: 'latest' } : {}),
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** The reference that a text is; undefined where it is no reference, as anybody's text may not be. */
export function asReference(text: string): Reference | undefined {
  try {
    return parseReference(text);
  } catch (thrown) {
    if (thrown instanceof FailureError) return undefined;
    throw thrown;
  }
}

// A third algorithm that references may have (opencontainers/go-digest), though no registry is known to use it.
function digestIn(text: string): Digest | undefined {
  return asDigest(text) ?? (/^sha384:[a-f0-9]{96}$/.test(text) ? (text as Digest) : undefined);
}

function splitDomain(text: string): { readonly registry: string; readonly remainder: string } {
  const [first = '', ...rest] = text.split('/');
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost' || first.toLowerCase() !== first);
  const registry = !isHost || first === 'index.docker.io' ? hub : first;
  const remainder = isHost ? rest.join('/') : text;
  return { registry, remainder: registry === hub && !remainder.includes('/') ? `library/${remainder}` : remainder };
}

function refused(text: string, detail: string) {
  return fail('malformed', `"${text.slice(0, 300)}"`, detail, 'write it as REGISTRY/REPOSITORY:TAG');
}

/** The canonical text: `docker.io/library/debian:12@sha256:…`. */
export function formatReference(reference: Reference): string {
  return `${reference.registry}/${reference.repository}${suffix(reference)}`;
}

/** The short text that people write: `debian:12`. */
export function familiar(reference: Reference): string {
  const { registry, repository } = reference;
  const official = /^library\/([^/]+)$/.exec(repository)?.[1];
  const short = official ?? repository;
  // "docker.io/0.a/b" without its host would name the host 0.a.
  const isPlain = registry === hub && (official !== undefined || splitDomain(repository).registry === hub);
  return `${isPlain ? short : `${registry}/${repository}`}${suffix(reference)}`;
}

function suffix({ tag, digest }: Reference): string {
  return `${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

/** The reference held at a digest, its tag kept. */
export function withDigest(reference: Reference, digest: Digest): Reference & { readonly digest: Digest } {
  return { ...reference, digest };
}

/** The repository of a reference under a tag. */
export function withTag({ registry, repository }: Repository, tag: string): Reference & { readonly tag: string } {
  return { registry, repository, tag };
}

/** What names a release tag of an image: a tag of its own repository, or one in another. */
export type TagName = string | (Reference & { readonly tag: string });

/** The reference that a release tag of an image stands for. */
export function namedTag(own: Repository, name: TagName): Reference & { readonly tag: string } {
  return typeof name === 'string' ? withTag(own, name) : name;
}

/** Whether two references are of one repository. */
export function sameRepository(a: Repository, b: Repository): boolean {
  return a.registry === b.registry && a.repository === b.repository;
}
