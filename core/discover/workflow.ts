import { mappingOf } from '../json.ts';
import type { ReadText } from './compose-project.ts';
import { createCost } from './cost.ts';
import { gather, type PublishingRun } from './gather.ts';
import type { Origin } from './origin.ts';
import type { Statements } from './stated.ts';
import { notKnown } from './unknown.ts';
import type { JobContexts } from './workflow/evaluate.ts';
import { runJobs } from './workflow/jobs.ts';
import { githubOf, publicationsOf } from './workflow/publications.ts';
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
}

/** What a workflow publishes in every run of it that may publish, and what only such a run knows. */
export async function readWorkflow(path: string, place: WorkflowPlace): Promise<Statements> {
  const text = (await place.read(path)) ?? '';
  const file = readLooseYaml(text, path);
  if (file.kind === 'broken') return { builds: [], notices: [brokenFile(path, file)], failures: [] };
  const workflow = mappingOf(file.value);
  if (workflow === undefined) return { builds: [], notices: [], failures: [] };
  const root = path.slice(0, path.indexOf('.github/'));
  const cost = createCost(path);
  const runs: PublishingRun<JobPublished>[] = [];
  const files: WorkflowRun['files'] = new Map();
  for (const publication of publicationsOf(workflow.on, place.origin)) {
    const run: WorkflowRun = {
      ...place,
      root,
      caller: '',
      publication,
      cost,
      published: [],
      byDigest: [],
      called: new Set(),
      files,
    };
    const contexts: JobContexts = {
      github: githubOf(publication, place.origin),
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
  return event === 'workflow_dispatch' || event === 'repository_dispatch' ? notKnown('an input of who starts it') : {};
}
