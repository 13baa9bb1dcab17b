import type { Build } from '../../core/discover/build.ts';
import { formatReference, parseReference } from '../../core/oci/reference.ts';
import { platformVariants } from '../../core/update/dockerfile/readings.ts';
import { applyUpdates, type EditedUse } from '../../core/update/edit.ts';
import { type EditableRepository, type Source, textOfFile } from '../../core/update/repository.ts';
import { buildOf } from '../rebuild/support.ts';

/** The platform of this machine. */
export const host = { os: 'linux', architecture: 'amd64' };
/** A digest. */
export const hash = `sha256:${'a'.repeat(64)}`;
/** Another digest. */
export const other = `sha256:${'b'.repeat(64)}`;

/** A repository of one Dockerfile, built as said. */
export function repositoryOf(text: string, builds: readonly Partial<Build>[] = [{}]): EditableRepository {
  const variants = builds.flatMap((one) => platformVariants(buildOf(one), host));
  return holding('Dockerfile', text, { kind: 'dockerfile', variants });
}

/** A repository of one Compose file. */
export function composeOf(text: string, env: Readonly<Record<string, string>> = {}): EditableRepository {
  return holding('compose.yaml', text, { kind: 'compose', env: new Map(Object.entries(env)) });
}

function holding(path: string, text: string, source: Source): EditableRepository {
  return { sources: new Map([[path, source]]), texts: new Map([[path, text]]), edited: new Map(), host };
}

/** The text after references have moved, and where each was edited or why not. */
export async function edit(repository: EditableRepository, moves: Readonly<Record<string, string>>) {
  const wanted = new Map(
    Object.entries(moves).map(([from, to]) => [formatReference(parseReference(from)), parseReference(to)] as const),
  );
  const edited = await applyUpdates({ before: repository, from: repository }, wanted, async () => undefined);
  const [path = ''] = repository.texts.keys();
  const text = textOfFile(edited.repository, path);
  return { text, uses: edited.uses.map(said) };
}

function said(one: EditedUse): string {
  if (one.kind === 'refused') return `line ${one.use.line} ${one.why}`;
  return one.place.through === undefined ? `${one.place.line}` : `${one.place.line} ${one.place.through}`;
}

/** A move to the next release of node. */
export const node = { 'node:20': 'node:22' };
