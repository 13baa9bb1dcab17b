import { itemsAt, type MappingTree, type ScalarTree, scalarAt, type Tree, treesWithin } from './tree.ts';
import { isWorkflowOrAction } from './workflow-containers.ts';
import { type ReferenceText, type WrittenReference, wholeReference } from './written-reference.ts';

const marks = ['jobs', 'stages', 'steps', 'pool', 'resources', 'trigger', 'extends'] as const;

/** Whether a path may be that of an Azure pipeline. */
export function mayBePipeline(path: string): boolean {
  return /\.ya?ml$/.test(path) && !isWorkflowOrAction(path) && !/(?:^|\/)\.gitlab-ci/.test(path);
}

/** The images of `resources.containers` and of `container` of jobs and steps in Azure pipelines. */
export function readPipelineContainers({ documents, text, path }: ReferenceText): readonly WrittenReference[] {
  return documents.flatMap((document) => {
    const isPipeline = document.kind === 'mapping' && marks.some((key) => document.entries.has(key));
    if (!isPipeline || scalarAt(document, 'apiVersion') !== undefined || isCompose(document)) return [];
    const declared = itemsAt(document, 'resources', 'containers');
    const names = new Set(declared.flatMap((one) => scalarAt(one, 'container')?.value ?? []));
    const images = [...declared.flatMap((one) => scalarAt(one, 'image') ?? []), ...jobImages(document, names, path)];
    return images.filter(({ value }) => value !== '').map((one) => wholeReference(text, one));
  });
}

function isCompose(document: MappingTree): boolean {
  return document.entries.has('services');
}

function jobImages(document: Tree, names: ReadonlySet<string>, path: string): readonly ScalarTree[] {
  const found: ScalarTree[] = [];
  for (const within of treesWithin(document, path)) {
    const isJob =
      within.kind === 'mapping' &&
      ['job', 'deployment', 'steps', 'pool', 'target'].some((key) => within.entries.has(key));
    if (!isJob) continue;
    const own = scalarAt(within, 'container', 'image');
    const short = scalarAt(within, 'container');
    // An alias of what is declared above; one of a template's parameters is a name that is not known.
    const named = short === undefined || names.has(short.value) || !/[:/@]/.test(short.value) ? undefined : short;
    found.push(...[own, named].flatMap((one) => one ?? []));
  }
  return found;
}
