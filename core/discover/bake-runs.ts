import { posix } from 'node:path';
import { mappingOf, parsed } from '../json.ts';
import { bakeFilesOf } from './bake.ts';
import { overlay } from './bake-overlay.ts';
import { composeFilesOf } from './compose.ts';
import type { ReadText } from './compose-project.ts';
import type { Notice, SitedBake, StatedBuild, Statements } from './stated.ts';
import { inConfiguration } from './unclear.ts';

interface Reason {
  readonly why: string;
  readonly subject: string;
}

/**
 * Lays over what bake files say what a run of bake that pushes lays over them, and holds what they, or Compose files, name
 * where that is not understood: the files alone do not name it then.
 */
export async function holdBakes(statements: Statements, paths: readonly string[], read: ReadText): Promise<Statements> {
  let held = statements;
  for (const tool of ['bake', 'compose'] as const) {
    const runs = (statements.bakes ?? []).filter((run) => (run.tool ?? 'bake') === tool);
    if (runs.length > 0) held = await holdRuns({ ...held, bakes: runs }, tool, paths, read);
  }
  return { ...statements, builds: held.builds, notices: held.notices };
}

async function holdRuns(
  statements: Statements,
  tool: 'bake' | 'compose',
  paths: readonly string[],
  read: ReadText,
): Promise<Statements> {
  const { builds, bakes = [] } = statements;
  const folders = new Set(builds.flatMap((build) => (build.by === tool ? [folderOf(build)] : [])));
  const reasons = new Map<string, Reason>();
  const overlaid = new Map<StatedBuild, StatedBuild>();
  const filesOf = tool === 'bake' ? bakeFilesOf : composeFilesOf;
  for (const folder of folders) {
    const variables = await variablesOf(tool, filesOf(paths.filter((path) => posix.dirname(path) === folder)), read);
    const found = bakes.flatMap((bake) => {
      const why = isOf(bake, folder) ? (bake.why ?? settingOf(bake, variables)) : undefined;
      return why === undefined ? [] : [{ why, subject: bake.subject }];
    });
    const laid = found.length > 0 ? undefined : overlaidIn(builds, folder, bakes);
    if (laid?.why !== undefined) found.push(laid.why);
    for (const [build, over] of laid?.builds ?? []) overlaid.set(build, over);
    if (found[0] !== undefined) reasons.set(folder, found[0]);
  }
  const notices: Notice[] = bakes.filter((bake) => isOfNothing(bake, folders)).map(unread);
  const held = builds.map((written) => {
    const build = overlaid.get(written) ?? written;
    const reason = build.by === tool ? reasons.get(folderOf(build)) : undefined;
    const [image] = build.images;
    if (reason === undefined || image === undefined) return build;
    notices.push(heldNotice(tool, build, reason));
    return { ...build, images: [], repository: image.repository };
  });
  return { ...statements, builds: held, notices: [...statements.notices, ...notices] };
}

function heldNotice(tool: 'bake' | 'compose', { name, dockerfile }: StatedBuild, { why, subject }: Reason): Notice {
  const what = tool === 'bake' ? 'bake publishes target' : 'Compose publishes service';
  return {
    subject,
    detail: `${what} ${name} in a way that its file does not say: ${why}`,
    remedy: `give --image ${name}=REGISTRY/REPOSITORY:TAG or ${inConfiguration}`,
    dockerfile,
  };
}

// What is laid over files that are not read is in nobody's name, and said all the same.
function isOfNothing(bake: SitedBake, folders: ReadonlySet<string>): boolean {
  return bake.over !== undefined && ![...folders].some((folder) => isOf(bake, folder));
}

function unread({ subject }: SitedBake): Notice {
  const detail = 'publishes with bake what no bake file here says';
  return { subject, detail, remedy: `give --image NAME=REGISTRY/REPOSITORY:TAG or ${inConfiguration}` };
}

/** What a run of bake lays over the builds of a folder; why that is not known, where it is not. */
function overlaidIn(
  builds: readonly StatedBuild[],
  folder: string,
  bakes: readonly SitedBake[],
): { readonly why?: Reason; readonly builds?: ReadonlyMap<StatedBuild, StatedBuild> } | undefined {
  const runs = bakes.filter((bake) => isOf(bake, folder));
  const run = runs.find(({ over }) => over !== undefined);
  if (run === undefined) return undefined;
  const { subject } = run;
  if (runs.length > 1)
    return { why: { why: 'several runs of bake build it, and lay different things over its file', subject } };
  const own = builds.filter((build) => build.by === 'bake' && folderOf(build) === folder);
  const laid = overlay(own, run);
  return typeof laid === 'string' ? { why: { why: laid, subject } } : { builds: laid };
}

function folderOf({ from }: StatedBuild): string {
  return posix.dirname(from.split(' ', 1)[0] ?? '.');
}

function isOf({ folder }: SitedBake, path: string): boolean {
  return folder === undefined || posix.normalize(folder).replace(/(?<=.)\/$/, '') === path;
}

// Variables of bake files take their values from the environment (Docker docs, Variables in Bake); a runner sets its own.
function settingOf({ environment }: SitedBake, variables: readonly string[]): string | undefined {
  const around = new Set(environment);
  const set = variables.find((name) => around.has(name) || /^(?:GITHUB|RUNNER|BUILD)_|^CI$/.test(name));
  return set === undefined ? undefined : `its variable ${set} has the value of the environment`;
}

async function variablesOf(
  tool: 'bake' | 'compose',
  paths: readonly string[],
  read: ReadText,
): Promise<readonly string[]> {
  const texts = await Promise.all(paths.map(async (path) => [path, (await read(path)) ?? ''] as const));
  if (tool === 'compose')
    return texts.flatMap(([, text]) => [...text.matchAll(/\$\{?([A-Za-z_]\w*)/g)].map(([, name = '']) => name));
  return texts.flatMap(([path, text]) =>
    path.endsWith('.json')
      ? Object.keys(mappingOf(mappingOf(parsed(text))?.variable) ?? {})
      : [...text.matchAll(/^[ \t]*variable[ \t]+"?(\w+)"?/gm)].map(([, name = '']) => name),
  );
}
