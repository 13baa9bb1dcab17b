import { pairsIn } from './build-options.ts';
import { itemsOf, mappingOf, textOf } from './loose.ts';
import { pathWithin, platformsIn, referenceOrNone, type StatedBuild } from './stated.ts';
import { looseYaml } from './yaml.ts';

/** Whether the path is that of a GitHub workflow. */
export function isWorkflowFile(path: string): boolean {
  return /(?:^|\/)\.github\/workflows\/[^/]+\.ya?ml$/.test(path);
}

/** The builds that a workflow publishes with docker/build-push-action; none where it is no such file. */
export function readWorkflow(path: string, text: string): readonly StatedBuild[] {
  const jobs = mappingOf(mappingOf(looseYaml(text))?.jobs) ?? {};
  return Object.entries(jobs).flatMap(([job, value]) => {
    // Paths in a workflow are those of the repository that the folder .github stands in.
    const root = path.slice(0, path.indexOf('.github/'));
    return itemsOf(mappingOf(value)?.steps).flatMap((step) => stepBuild(root, `${path} jobs.${job}`, mappingOf(step)));
  });
}

type Step = NonNullable<ReturnType<typeof mappingOf>>;

function stepBuild(root: string, from: string, step: Step | undefined): readonly StatedBuild[] {
  const inputs = mappingOf(step?.with);
  if (inputs === undefined || !/^docker\/build-push-action@/.test(textOf(step?.uses) ?? '')) return [];
  const known = (name: string) => withoutExpression(textOf(inputs[name]));
  const isPushed = textOf(inputs.push) !== undefined && textOf(inputs.push) !== 'false';
  const given = textOf(inputs.context) === undefined ? '.' : known('context');
  // The action's own default context is the commit on the server, which is this repository all the same.
  const context = given === undefined || /:\/\//.test(given) ? undefined : pathWithin(root, given);
  const file = textOf(inputs.file) === undefined ? undefined : known('file');
  const dockerfile = file === undefined ? context && pathWithin(context, 'Dockerfile') : pathWithin(root, file);
  const isVague = textOf(inputs.file) !== undefined && file === undefined;
  if (!isPushed || context === undefined || dockerfile === undefined || isVague) return [];
  const target = known('target');
  if (textOf(inputs.target) !== undefined && target === undefined) return [];
  const images = linesOf(inputs.tags, /[\n,]/).flatMap((tag) => referenceOrNone(tag) ?? []);
  return [
    {
      by: 'workflow',
      from,
      name: images[0]?.repository.split('/').at(-1) ?? 'image',
      dockerfile,
      context,
      args: pairsIn(linesOf(inputs['build-args'], /\n/)),
      contexts: pairsIn(linesOf(inputs['build-contexts'], /\n/)),
      platforms: platformsIn(linesOf(inputs.platforms, /[\n,]/)),
      images,
      ...(target === undefined || target === '' ? {} : { target }),
    },
  ];
}

// What only a run of the workflow knows is not stated.
function withoutExpression(text: string | undefined): string | undefined {
  return text === undefined || text.includes('${{') ? undefined : text;
}

function linesOf(value: unknown, separator: RegExp): readonly string[] {
  const lines = (textOf(value) ?? '').split(separator).map((line) => line.trim());
  return lines.filter((line) => line !== '' && withoutExpression(line) !== undefined);
}
