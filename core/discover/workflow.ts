import { itemsOf, type Mapping, mappingOf, textOf } from '../json.ts';
import { pairsIn } from './build-options.ts';
import {
  type Cost,
  createCost,
  fillExpressions,
  type KnownContexts,
  matrixRows,
  metadataTags,
  withEnv,
  withoutExpression,
} from './expressions.ts';
import { pathWithin, platformsIn, referenceOrNone, type StatedBuild } from './stated.ts';
import { looseYaml } from './yaml.ts';

/** Whether the path is that of a GitHub workflow. */
export function isWorkflowFile(path: string): boolean {
  return /(?:^|\/)\.github\/workflows\/[^/]+\.ya?ml$/.test(path);
}

/** The builds that a workflow publishes with docker/build-push-action; none where it is no such file. */
export function readWorkflow(path: string, text: string, known: KnownContexts = new Map()): readonly StatedBuild[] {
  const workflow = mappingOf(looseYaml(text, path));
  const jobs = Object.entries(mappingOf(workflow?.jobs) ?? {});
  // Paths in a workflow are those of the repository that the folder .github stands in.
  const root = path.slice(0, path.indexOf('.github/'));
  const cost = createCost(path);
  const outer = withEnv(workflow, known, cost);
  return jobs.flatMap(([name, value]) => {
    const job = mappingOf(value);
    const place = { root, from: `${path} jobs.${name}`, cost };
    return matrixRows(job, outer, cost).flatMap((row) => jobBuilds(place, job, withEnv(job, row, cost)));
  });
}

interface Place {
  readonly root: string;
  readonly from: string;
  readonly cost: Cost;
}

function jobBuilds(place: Place, job: Mapping | undefined, outer: KnownContexts): readonly StatedBuild[] {
  const { cost } = place;
  const known = new Map(outer);
  return itemsOf(job?.steps).flatMap((item) => {
    const step = mappingOf(item);
    cost.values(1);
    const own = withEnv(step, known, cost);
    const tags = metadataTags(step, own, cost);
    if (tags !== undefined) known.set(`steps.${(textOf(step?.id) ?? '').toLowerCase()}.outputs.tags`, tags);
    return /^docker\/build-push-action@/.test(textOf(step?.uses) ?? '') ? stepBuild(place, step, own) : [];
  });
}

function stepBuild(place: Place, step: Mapping | undefined, known: KnownContexts): readonly StatedBuild[] {
  const inputs = mappingOf(step?.with) ?? {};
  const written = (name: string) => {
    const text = textOf(inputs[name]);
    return text === undefined || text === '' ? undefined : fillExpressions(text, known, place.cost);
  };
  const paths = pathsIn(place.root, written('context'), written('file'));
  const target = written('target');
  const isVague = target !== undefined && withoutExpression(target) === undefined;
  if (!isPushed(written) || paths === undefined || isVague) return [];
  place.cost.values(100 * (written('tags') ?? '').split(/[\n,]/).length);
  const images = linesOf(written('tags'), /[\n,]/).flatMap((tag) => referenceOrNone(tag) ?? []);
  return [
    {
      by: 'workflow',
      from: place.from,
      name: images[0]?.repository.split('/').at(-1) ?? 'image',
      ...paths,
      args: pairsIn(linesOf(written('build-args'), /\n/)),
      contexts: pairsIn(linesOf(written('build-contexts'), /\n/)),
      platforms: platformsIn(linesOf(written('platforms'), /[\n,]/)),
      images,
      ...(target === undefined ? {} : { target }),
    },
  ];
}

type Written = (name: string) => string | undefined;

function isPushed(written: Written): boolean {
  const push = written('push');
  if (push !== undefined && push !== 'false') return true;
  return /(?:^|[\n,"])(?:type=registry|push=true)(?:$|[\n,"])/.test(written('outputs') ?? '');
}

// The default context is the commit on the server, which is this repository all the same, and its folders stand behind
// a colon; the file of such a context counts from there, and that of a folder from the workspace.
function pathsIn(root: string, given: string | undefined, file: string | undefined) {
  const [, folder] = /^\{\{\s*defaultContext\s*\}\}(?::(.*))?$/.exec(given ?? '{{defaultContext}}') ?? [];
  const isCommit = given === undefined || given.startsWith('{{');
  const named = isCommit ? (folder ?? '.') : withoutExpression(given);
  const context = named === undefined || /:\/\//.test(named) ? undefined : pathWithin(root, named);
  if (context === undefined || (file !== undefined && withoutExpression(file) === undefined)) return undefined;
  const dockerfile =
    file === undefined || isCommit ? pathWithin(context, file ?? 'Dockerfile') : pathWithin(root, file);
  return dockerfile === undefined ? undefined : { context, dockerfile };
}

function linesOf(text: string | undefined, separator: RegExp): readonly string[] {
  const lines = (text ?? '').split(separator).map((line) => line.trim());
  return lines.filter((line) => line !== '' && withoutExpression(line) !== undefined);
}
