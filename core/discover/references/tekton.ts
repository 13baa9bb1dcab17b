import { manifestKind, podImages } from './kubernetes.ts';
import { itemsAt, type MappingTree, type ScalarTree, scalarAt, type Tree, treesWithin } from './tree.ts';
import { type ReferenceText, type WrittenReference, wholeReference } from './written-reference.ts';

/** The images of steps, sidecars and step templates of Tekton. */
export function readTekton({ documents, text, path }: ReferenceText): readonly WrittenReference[] {
  return documents.flatMap((document) => {
    const manifest = manifestKind(document);
    if (manifest?.group !== 'tekton.dev') return [];
    const own = manifest.kind === 'StepAction' ? [scalarAt(document, 'spec', 'image')] : [];
    const steps = [...own, ...stepImages(document, path)].flatMap((one) => one ?? []);
    return [...steps.map((one) => wholeReference(text, one)), ...podImages(document, text, path)];
  });
}

function stepImages(document: Tree, path: string): readonly (ScalarTree | undefined)[] {
  const found: (ScalarTree | undefined)[] = [];
  for (const within of treesWithin(document, path)) {
    if (within.kind === 'mapping') found.push(...imagesOfTask(within));
  }
  return found;
}

function imagesOfTask(task: MappingTree): readonly (ScalarTree | undefined)[] {
  return [
    ...itemsAt(task, 'steps').map((step) => scalarAt(step, 'image')),
    ...itemsAt(task, 'sidecars').map((sidecar) => scalarAt(sidecar, 'image')),
    scalarAt(task, 'stepTemplate', 'image'),
  ];
}
