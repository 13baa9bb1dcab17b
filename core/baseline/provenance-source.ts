import { field, itemsOf } from '../json.ts';

/** The commit that a provenance statement names, and how it knows of it. */
export interface ProvenanceSource {
  /** As it stands there; a suffix such as `-dirty` included. */
  readonly revision: string;
  readonly repository?: string;
  /** `git-context`: BuildKit fetched this commit itself; `client`: whoever ran the build said so. */
  readonly by: 'git-context' | 'client';
}

const buildKitMetadata = 'https://mobyproject.org/buildkit@v1#metadata';

/**
 * The source in a provenance statement or predicate: the git context that BuildKit resolved, else what buildx says of the
 * checkout. SLSA v0.2, and both layouts of v1 that BuildKit has written (docs/attestations/slsa-definitions.md).
 */
export function sourceIn(statement: unknown): ProvenanceSource | undefined {
  const predicate = field(statement, 'predicate') ?? statement;
  return gitContextIn(predicate) ?? clientSourceIn(predicate);
}

function gitContextIn(predicate: unknown): ProvenanceSource | undefined {
  const v1 = field(field(predicate, 'buildDefinition'), 'externalParameters');
  const configSource = field(field(predicate, 'invocation'), 'configSource') ?? field(v1, 'configSource');
  const uri = field(configSource, 'uri');
  if (typeof uri !== 'string' || !isGit(uri)) return undefined;
  const digest = field(configSource, 'digest');
  const revision = field(digest, 'gitCommit') ?? field(digest, 'sha1');
  return typeof revision === 'string' ? { revision, repository: uri, by: 'git-context' } : undefined;
}

/** Characters of a Dockerfile in base64; no real one comes near. */
const longestDockerfile = 1024 * 1024;

/**
 * The text of the Dockerfile that a provenance statement or predicate of BuildKit holds in mode=max; undefined where it holds
 * no one, or more than one.
 */
export function dockerfileIn(statement: unknown): string | undefined {
  const predicate = field(statement, 'predicate') ?? statement;
  const infos = metadataIn(predicate).flatMap((holder) => itemsOf(field(field(holder, 'source'), 'infos')));
  const texts = infos.flatMap((info) => {
    const data = field(info, 'data');
    if (typeof data !== 'string' || data.length > longestDockerfile) return [];
    return [Buffer.from(data, 'base64').toString('utf8')];
  });
  const [only, ...others] = new Set(texts);
  return others.length === 0 && infos.length === texts.length ? only : undefined;
}

// SLSA v0.2, and both layouts of v1.
function metadataIn(predicate: unknown): readonly unknown[] {
  const v1 = field(field(predicate, 'runDetails'), 'metadata');
  return [
    field(field(predicate, 'metadata'), buildKitMetadata),
    field(v1, buildKitMetadata),
    field(v1, 'buildkit_metadata'),
  ];
}

function clientSourceIn(predicate: unknown): ProvenanceSource | undefined {
  for (const holder of metadataIn(predicate)) {
    const [revision, source] = ['revision', 'source'].map((name) => field(field(holder, 'vcs'), name));
    if (typeof revision !== 'string') continue;
    return { revision, ...(typeof source === 'string' ? { repository: source } : {}), by: 'client' };
  }
  return undefined;
}

function isGit(uri: string): boolean {
  return /^(?:git\+)?(?:https?|ssh|git):\/\//.test(uri) && /^git|\.git(?:[#?@]|$)|^git\+/.test(uri);
}
