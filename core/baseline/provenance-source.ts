import { field } from '../json.ts';

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

function clientSourceIn(predicate: unknown): ProvenanceSource | undefined {
  const v1 = field(field(predicate, 'runDetails'), 'metadata');
  const holders = [
    field(field(predicate, 'metadata'), buildKitMetadata),
    field(v1, buildKitMetadata),
    field(v1, 'buildkit_metadata'),
  ];
  for (const holder of holders) {
    const [revision, source] = ['revision', 'source'].map((name) => field(field(holder, 'vcs'), name));
    if (typeof revision !== 'string') continue;
    return { revision, ...(typeof source === 'string' ? { repository: source } : {}), by: 'client' };
  }
  return undefined;
}

function isGit(uri: string): boolean {
  return /^(?:git\+)?(?:https?|ssh|git):\/\//.test(uri) && /^git|\.git(?:[#?@]|$)|^git\+/.test(uri);
}
