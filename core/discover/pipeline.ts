import { posix } from 'node:path';
import { append } from '../append.ts';
import { attempt, fail } from '../failure.ts';
import { formatReference } from '../oci/reference.ts';
import { globMatcher } from '../text/glob.ts';
import { isUnknown, readBuildOptions, splitWords } from './build-options.ts';
import type { ReadText } from './compose-project.ts';
import { scriptStatements } from './pipeline-scripts.ts';
import { type DockerStep, pipelineSteps } from './pipeline-steps.ts';
import { type Notice, pathWithin, referenceOrNone, type StatedBuild, type Statements } from './stated.ts';
import { mostListed } from './unclear.ts';

/** Whether the path can be that of an Azure pipeline or of a template of one: both may have any name. */
export function isPipelineFile(path: string): boolean {
  return /\.ya?ml$/.test(path) && !/(?:^|\/)\.github\//.test(path);
}

/** Whether the text of a YAML file is worth reading as a pipeline: it runs the task, or takes in what may run it. */
export function isPipelineText(text: string): boolean {
  if (/\bDocker@[012]\b/i.test(text) || /^\s*(?:-\s+|extends:\s+)template:/m.test(text)) return true;
  // Other services have scripts too, and no such keys.
  const isAzure = /^\s*(?:- )?(?:pool|trigger|vmImage|task|displayName|workingDirectory|pr|resources):/m.test(text);
  return isAzure && /\b(?:docker|podman|buildah|acr|executor|ko|pack|jib\w*|PublishContainer)\b/.test(text);
}

/**
 * The builds that the Docker tasks of pipelines publish. A file that another takes in as a template is read there, with
 * what it is given.
 */
export async function readPipelines(
  read: ReadText,
  paths: readonly string[],
  dockerfiles: readonly string[],
): Promise<Statements> {
  const attempts = await Promise.all(paths.map((path) => attempt(path, () => pipelineSteps(read, path))));
  const found = attempts.flatMap((one, at) => (one.kind === 'done' ? [{ ...one.value, path: paths[at] ?? '' }] : []));
  const templates = new Set(found.flatMap((one) => one.templates));
  const roots = found.filter(({ path }) => !templates.has(path));
  const there = new Set(dockerfiles);
  const scripted = roots.map(({ path, scripts, cost }) =>
    scriptStatements(path, scripts, (one) => there.has(one), cost),
  );
  const broken = found.flatMap((one) => (one.broken === undefined ? [] : [one.broken]));
  const statements = roots.flatMap(({ steps }) => {
    const pushes = new Map<string, DockerStep[]>();
    for (const step of steps) if (commandOf(step.inputs) === 'push') append(pushes, repositoryOf(step), step);
    return steps
      .flatMap((step) => (commandOf(step.inputs) === 'buildandpush' ? [step] : pushedBy(step, pushes)))
      .map((step) => stepStatement(step, dockerfiles));
  });
  return {
    builds: [...statements, ...scripted].flatMap(({ builds }) => builds),
    notices: [...broken, ...[...statements, ...scripted].flatMap(({ notices }) => notices)],
    failures: attempts.flatMap((one) => (one.kind === 'failed' ? [one.failure] : [])),
  };
}

type Inputs = DockerStep['inputs'];

function commandOf(inputs: Inputs): string {
  return (inputs.get('command') ?? 'buildAndPush').toLowerCase();
}

function repositoryOf({ inputs }: DockerStep): string {
  return inputs.get('repository') ?? '';
}

// A step that builds, under the tags that are pushed of it; for certain where one push is.
function pushedBy(step: DockerStep, pushes: ReadonlyMap<string, readonly DockerStep[]>): readonly DockerStep[] {
  const repository = repositoryOf(step);
  const pushing = commandOf(step.inputs) === 'build' && repository !== '' ? (pushes.get(repository) ?? []) : [];
  const sure = pushing.filter(({ doubt }) => doubt === undefined);
  const [first, ...more] = sure.length > 0 ? sure : pushing;
  if (first === undefined) return [];
  const tags = [first, ...more].map(({ inputs }) => inputs.get('tags') ?? '$(Build.BuildId)').join('\n');
  const doubt = step.doubt ?? first.doubt;
  return [{ ...step, inputs: new Map([...step.inputs, ['tags', tags]]), ...(doubt === undefined ? {} : { doubt }) }];
}

function stepStatement(step: DockerStep, dockerfiles: readonly string[]): Omit<Statements, 'failures'> {
  const { from, inputs } = step;
  const file = inputs.get('dockerfile') ?? '**/Dockerfile';
  const dockerfile = isUnknown(file) ? undefined : dockerfileOf(file, dockerfiles);
  if (dockerfile === undefined) return { builds: [], notices: isUnknown(file) ? [vagueFile(from, file)] : [] };
  const given = inputs.get('buildcontext') ?? '**';
  const context = contextOf(given, dockerfile);
  if (context === undefined) return { builds: [], notices: [vagueContext(from, given, dockerfile)] };
  const stated = imageOf(step);
  const image =
    step.doubt === undefined ? stated : { ...stated, images: [], why: `publishes ${listed(stated)} ${step.doubt}` };
  const build: StatedBuild = {
    by: 'pipeline',
    from,
    name: image.repository?.split('/').at(-1) ?? 'image',
    dockerfile,
    context,
    // The task takes no arguments where it builds and pushes in one.
    ...readBuildOptions(commandOf(inputs) === 'build' ? splitWords(inputs.get('arguments') ?? '') : [], from),
    images: image.images,
    ...(image.repository === undefined ? {} : { repository: image.repository }),
  };
  const notice = image.images.length === 0 ? [vagueImage(build, image.why)] : [];
  return { builds: [build], notices: notice };
}

function contextOf(given: string, dockerfile: string): string | undefined {
  if (given === '**') return posix.dirname(dockerfile);
  return isUnknown(given) || /[*?]/.test(given) ? undefined : pathWithin(given);
}

// The task takes the first of all that match, in the order of their paths.
function dockerfileOf(file: string, dockerfiles: readonly string[]): string | undefined {
  const path = pathWithin(file);
  if (path === undefined || !/[*?]/.test(path)) return path;
  const matches = globMatcher(path);
  return dockerfiles.filter((one) => matches(one)).toSorted()[0];
}

function listed({ images, repository }: Image): string {
  const names = images.slice(0, mostListed).map(formatReference);
  return names.length === 0 ? (repository ?? 'an image that is not known') : names.join(', ');
}

interface Image {
  readonly repository: string | undefined;
  readonly images: StatedBuild['images'];
  readonly why: string;
}

const mostTags = 1_000;

function imageOf({ from, inputs }: DockerStep): Image {
  const written = inputs.get('repository') ?? '';
  if (written === '' || isUnknown(written)) {
    const why = written === '' ? 'names no repository' : `has the repository ${written}, which only a run knows`;
    return { repository: undefined, images: [], why };
  }
  const repository = written.toLowerCase();
  const connection = inputs.get('containerregistry') ?? '';
  const isHosted = /^(?:localhost|[^/]*[.:][^/]*)\//.test(repository);
  if (!isHosted && connection !== '') {
    const why = `pushes ${repository} through the service connection "${connection}", whose registry it does not name`;
    return { repository, images: [], why };
  }
  const tags = (inputs.get('tags') ?? '$(Build.BuildId)').split(/[\n,]/).map((tag) => tag.trim());
  if (tags.length > mostTags) {
    const detail = `lists more than ${mostTags} tags, which is the bound`;
    throw fail('too-large', from, detail, 'list fewer of them');
  }
  const known = tags.filter((tag) => tag !== '' && !isUnknown(tag));
  const images = known.flatMap((tag) => referenceOrNone(`${repository}:${tag}`) ?? []);
  const name = isHosted ? repository.slice(repository.indexOf('/') + 1) : repository;
  return { repository: name, images, why: `pushes ${repository} under tags that only a run knows` };
}

const inConfiguration = 'name it under images: in .base-image-refresh.yml';

function vagueFile(from: string, file: string): Notice {
  const detail = `a Docker@2 task builds ${file}, which only a run of the pipeline knows`;
  return { subject: from, detail, remedy: `${inConfiguration} with its dockerfile` };
}

function vagueContext(from: string, context: string, dockerfile: string): Notice {
  const detail = `a Docker@2 task builds ${dockerfile} in ${context}, which is not known to be in the repository`;
  return { subject: from, detail, remedy: `${inConfiguration} with its context`, dockerfile };
}

function vagueImage({ from, name, dockerfile }: StatedBuild, why: string): Notice {
  const remedy = `give --image ${name}=REGISTRY/REPOSITORY:TAG or ${inConfiguration}`;
  return { subject: from, detail: `the Docker@2 task that builds ${dockerfile} ${why}`, remedy, dockerfile };
}
