import { posix } from 'node:path';
import { isPipelineFile } from '../../discover/pipeline.ts';
import { readRepositoryFile, rootOf } from '../../discover/read-file.ts';
import { walk } from '../../discover/walk.ts';
import { attempt, type Failure, type Outcome } from '../../failure.ts';
import { parseYaml, type YamlNode } from '../../settings/yaml.ts';
import type { ExaminedRun } from '../examined-run.ts';

/** A workflow or pipeline that runs this program, or of which it is not known whether it does; the path is that in the repository. */
export interface CiFile {
  readonly path: string;
  readonly kind: 'github' | 'azure';
  readonly root: Outcome<YamlNode | undefined> | { readonly kind: 'unread'; readonly failure: Failure };
}

const isTopWorkflow = (path: string) => /^\.github\/workflows\/[^/]+\.ya?ml$/.test(path);
// Composite actions of the repository run steps too.
const isAction = (path: string) => /(?:^|\/)action\.ya?ml$/.test(path);
const isOfGithub = (path: string) => isTopWorkflow(path) || isAction(path);
const uses = { github: /\bbase-image-refresh\b/i, azure: /\bBaseImageRefresh@|\bbase-image-refresh\b/i };

/** Reads the files of the repository that run this program on GitHub or Azure. */
export async function ciFilesAtHand({
  world,
  config,
}: Pick<ExaminedRun, 'world' | 'config'>): Promise<readonly CiFile[]> {
  const top = topOf(config.root, config.placeInRepository ?? '');
  const { others, failures } = await walk(
    world,
    { root: top, include: [], exclude: [] },
    (path) => isOfGithub(path) || isPipelineFile(path),
  );
  const root = await rootOf(world, top);
  const files = await Promise.all(
    others.map(async (path): Promise<readonly CiFile[]> => {
      const kind = isOfGithub(path) ? 'github' : 'azure';
      const text = await attempt(path, () => readRepositoryFile(world, root, path));
      if (text.kind === 'failed') return [{ path, kind, root: { kind: 'unread', failure: text.failure } }];
      if (!uses[kind].test(text.value)) return [];
      const yaml = await attempt(path, async () => parseYaml(text.value, path));
      // Its own configuration names it too; a pipeline has steps.
      return kind === 'azure' && !/\b(?:steps|task|script|bash|template)\s*:/.test(text.value)
        ? []
        : [{ path, kind, root: yaml }];
    }),
  );
  return [...files.flat(), ...failures.flatMap(unlisted)];
}

function unlisted(failure: Failure): readonly CiFile[] {
  const { subject: path } = failure;
  return /^\.github(?:\/workflows)?$/.test(path) ? [{ path, kind: 'github', root: { kind: 'unread', failure } }] : [];
}

function topOf(root: string, place: string): string {
  return posix.join(root, ...place.split('/').flatMap((part) => (part === '' ? [] : ['..'])));
}
