import { itemsAt, type MappingTree, scalarAt, type Tree, treeAt, treesWithin } from './tree.ts';
import { type ReferenceText, type WrittenReference, wholeReference } from './written-reference.ts';

const containerLists = ['containers', 'initContainers', 'ephemeralContainers'] as const;

/** API group and kind of a manifest, undefined for a document that is not one. */
export function manifestKind(tree: Tree | undefined): { readonly group: string; readonly kind: string } | undefined {
  const [version, kind] = [scalarAt(tree, 'apiVersion'), scalarAt(tree, 'kind')];
  if (version === undefined || kind === undefined) return undefined;
  return { group: version.value.replace(/\/?[^/]*$/, ''), kind: kind.value };
}

// Kinds of these groups have readers of their own.
const otherGroups =
  /(?:^|\.)(?:tekton\.dev|toolkit\.fluxcd\.io|kustomize\.config\.k8s\.io|argoproj\.io|config\.openshift\.io)$/;

/**
 * The images of pod templates in manifests: of every kind that has lists of containers, such as Deployment, CronJob, List,
 * Rollout of Argo and resources of operators.
 */
export function readManifests({ documents, text, path }: ReferenceText): readonly WrittenReference[] {
  return documents.flatMap((document) => {
    const manifest = manifestKind(document);
    if (manifest === undefined || manifest.kind === 'CustomResourceDefinition') return [];
    const isOthers = otherGroups.test(manifest.group) && manifest.kind !== 'Rollout';
    return isOthers ? [] : podImages(document, text, path);
  });
}

/** The images of every pod template within a value. */
export function podImages(tree: Tree, text: string, path: string): readonly WrittenReference[] {
  const found: WrittenReference[] = [];
  for (const within of treesWithin(tree, path)) {
    if (within.kind === 'mapping') found.push(...imagesOfPod(within, text));
  }
  return found;
}

function imagesOfPod(pod: MappingTree, text: string): readonly WrittenReference[] {
  const containers = containerLists
    .flatMap((list) => itemsAt(pod, list))
    .flatMap((one) => scalarAt(one, 'image') ?? []);
  // An image as a volume (KEP-4639); a volume of another kind has no such mapping.
  const volumes = itemsAt(pod, 'volumes').flatMap((one) =>
    treeAt(one, 'image')?.kind === 'mapping' ? (scalarAt(one, 'image', 'reference') ?? []) : [],
  );
  return [...containers, ...volumes].filter(({ value }) => value !== '').map((one) => wholeReference(text, one));
}
