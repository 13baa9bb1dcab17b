import { posix } from 'node:path';
import { attempt, type Failure } from '../../failure.ts';
import type { World } from '../../ports.ts';
import { given } from '../../table.ts';
import { builtServices } from '../compose-names.ts';
import { createExpansion, readEnvFile } from '../interpolate.ts';
import { readRepositoryFile, rootOf } from '../read-file.ts';
import { createSelection } from '../selection.ts';
import type { Notice } from '../stated.ts';
import type { RunSubject } from '../subject.ts';
import { apartNotice } from '../third-party.ts';
import { walk } from '../walk.ts';
import { brokenFile } from '../yaml.ts';
import { isGitlabCi } from './gitlab-ci.ts';
import { isHelmValues } from './helm-values.ts';
import { isKustomization } from './kustomize.ts';
import { type LocatedReference, mayNameImages, referencesIn, variablesFileOf } from './readers.ts';
import { nameWithin, unknownBecause } from './written-reference.ts';

/** The references of a repository outside of its Dockerfiles. */
export interface References {
  readonly references: readonly LocatedReference[];
  /** The text of each file that has any. */
  readonly texts: ReadonlyMap<string, string>;
  /** Names in manifests in whose place kustomize puts others. */
  readonly placeholders: ReadonlySet<string>;
  readonly failures: readonly Failure[];
  readonly notices: readonly Notice[];
}

/** Finds the image references of every file but Dockerfiles; what cannot be read is a failure, and the rest goes on. */
export async function findReferences(
  world: World,
  config: Pick<RunSubject, 'root' | 'include' | 'exclude'>,
): Promise<References> {
  const { others, apart, failures: unlisted, plain } = await walk(world, config, mayNameImages);
  const { includes } = createSelection({ include: [], exclude: config.exclude });
  const root = await rootOf(world, config.root);
  const references: LocatedReference[] = [];
  const failures: Failure[] = [...unlisted];
  const texts = new Map<string, string>();
  const built = await builtServices((path) => readRepositoryFile(world, root, path, plain.has(path)), others);
  for (const path of others.filter(includes)) {
    const read = await attempt(path, async () => {
      const text = await readRepositoryFile(world, root, path, plain.has(path));
      const variables = await variablesFor(world, root, path);
      return {
        text,
        found: referencesIn(path, text, { variables, ...given('built', built.get(posix.dirname(path))) }),
      };
    });
    if (read.kind === 'failed') failures.push({ ...read.failure, subject: path });
    else if (read.value.found.kind === 'broken') failures.push(brokenFailure(path, read.value.found));
    else if (read.value.found.references.length > 0) {
      texts.set(path, read.value.text);
      references.push(...read.value.found.references);
    }
  }
  const left = apart.filter((path) => isKustomization(path) || isHelmValues(path) || isGitlabCi(path));
  const placeholders = new Set(references.flatMap(({ standsFor }) => standsFor ?? []));
  return {
    references: references.map((one) => (isPlaceholder(one, placeholders) ? asPlaceholder(one) : one)),
    texts,
    placeholders,
    failures,
    notices: apartNotice(config.root, left),
  };
}

/** Whether a manifest names an image only for kustomize to put another in its place. */
export function isPlaceholder(
  { kind, raw }: Pick<LocatedReference, 'kind' | 'raw'>,
  placeholders: ReadonlySet<string>,
): boolean {
  return kind === 'kubernetes' && placeholders.has(nameWithin(raw));
}

function asPlaceholder(one: LocatedReference): LocatedReference {
  const detail = `kustomize puts another image in the place of ${nameWithin(one.raw)}`;
  return { ...one, ...unknownBecause(detail), isElsewhere: true };
}

async function variablesFor(
  world: World,
  root: Awaited<ReturnType<typeof rootOf>>,
  path: string,
): Promise<ReadonlyMap<string, string>> {
  const beside = variablesFileOf(path);
  if (beside === undefined) return new Map();
  const read = await attempt(beside, () => readRepositoryFile(world, root, beside));
  return readEnvFile(read.kind === 'done' ? read.value : '', createExpansion(beside));
}

function brokenFailure(path: string, broken: { readonly line: number; readonly detail: string }): Failure {
  return { code: 'malformed', ...brokenFile(path, broken), retryable: false };
}
