import { type Mapping, mappingOf, textOf, textsOf } from '../json.ts';
import type { ReadText } from './compose-project.ts';
import { createCost } from './cost.ts';
import { gather, type PublishingRun } from './gather.ts';
import type { Origin } from './origin.ts';
import type { Statements } from './stated.ts';
import { notKnown } from './unknown.ts';
import type { JobContexts } from './workflow/evaluate.ts';
import { runJobs } from './workflow/jobs.ts';
import { githubOf, type Publication, publicationsOf } from './workflow/publications.ts';
import type { JobPublished, WorkflowRun } from './workflow/workflow-run.ts';
import { brokenFile, readLooseYaml } from './yaml.ts';

/** Whether the path is that of a GitHub workflow. */
export function isWorkflowFile(path: string): boolean {
  return /(?:^|\/)\.github\/workflows\/[^/]+\.ya?ml$/.test(path);
}

/** Where workflows are read, and what is known of their repository. */
export interface WorkflowPlace {
  readonly read: ReadText;
  readonly origin: Origin;
  readonly isThere: (path: string) => boolean;
  /** Workflows of the repository that others call. */
  readonly called: Set<string>;
}

/** What a workflow publishes in every run of it that may publish, and what only such a run knows. */
export async function readWorkflow(path: string, place: WorkflowPlace): Promise<Statements> {
  const read = await workflowOf(path, place);
  return read.workflow === undefined
    ? read.said
    : followed(path, read.workflow, place, publicationsOf(read.workflow.on, place.origin));
}

/** What a workflow publishes that nothing starts but a call, and that no workflow of the checkout calls: no name is known. */
export async function readUncalled(path: string, place: WorkflowPlace): Promise<Statements> {
  const nothing: Statements = { builds: [], notices: [], failures: [] };
  if (place.called.has(path)) return nothing;
  const { workflow } = await workflowOf(path, place);
  if (workflow === undefined || !hasEvent(workflow.on, 'workflow_call')) return nothing;
  if (publicationsOf(workflow.on, place.origin).length > 0) return nothing;
  const ref = notKnown('what calls the workflow');
  const caller: Publication = { event: 'workflow_call', label: 'a call', refType: 'branch', ref };
  const { notices } = await followed(path, workflow, place, [caller]);
  return { ...nothing, notices };
}

function hasEvent(on: unknown, event: string): boolean {
  return textOf(on) === event || textsOf(on).includes(event) || Object.hasOwn(mappingOf(on) ?? {}, event);
}

async function workflowOf(path: string, place: WorkflowPlace) {
  const text = (await place.read(path)) ?? '';
  const file = readLooseYaml(text, path);
  const notices = file.kind === 'broken' ? [brokenFile(path, file)] : [];
  const workflow = file.kind === 'broken' ? undefined : mappingOf(file.value);
  return { workflow, said: { builds: [], notices, failures: [] } satisfies Statements };
}

async function followed(
  path: string,
  workflow: Mapping,
  place: WorkflowPlace,
  publications: readonly Publication[],
): Promise<Statements> {
  const root = path.slice(0, path.indexOf('.github/'));
  const cost = createCost(path);
  const runs: PublishingRun<JobPublished>[] = [];
  const files: WorkflowRun['files'] = new Map();
  for (const publication of publications) {
    const isCalled = publication.event === 'workflow_call';
    const run: WorkflowRun = {
      ...place,
      root,
      caller: '',
      publication,
      cost,
      published: [],
      byDigest: [],
      files,
      ...(isCalled ? { doubt: 'no workflow of this checkout calls it' } : {}),
    };
    const contexts: JobContexts = {
      github: isCalled ? notKnown('what calls it') : githubOf(publication, place.origin),
      inputs: inputsOf(publication.event),
      vars: nobody,
      secrets: nobody,
    };
    await runJobs(workflow, path, contexts, run);
    runs.push({ label: publication.label, published: run.published, byDigest: run.byDigest });
  }
  return gather(runs, { by: 'workflow', root, path });
}

const nobody = notKnown('a value that the repository is given on GitHub');

// Only who starts a workflow by hand gives it inputs.
function inputsOf(event: string): unknown {
  if (event === 'workflow_call') return notKnown('an input of who calls it');
  return event === 'workflow_dispatch' || event === 'repository_dispatch' ? notKnown('an input of who starts it') : {};
}
