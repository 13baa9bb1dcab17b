import { manifestKind } from './kubernetes.ts';
import { itemsAt, scalarAt, type Tree } from './tree.ts';
import { type ReferenceText, referenceOfFields, unknownBecause, type WrittenReference } from './written-reference.ts';

/** Whether a path is that of a kustomization. */
export function isKustomization(path: string): boolean {
  return /(?:^|\/)(?:kustomization\.ya?ml|Kustomization)$/.test(path);
}

/** The images that a kustomization, or a component of one, puts in. */
export function readKustomizations({ documents, path }: ReferenceText): readonly WrittenReference[] {
  return documents.flatMap((document) => {
    const group = manifestKind(document)?.group;
    const isOne = group === undefined ? isKustomization(path) : group === 'kustomize.config.k8s.io';
    return isOne ? kustomizeImages(itemsAt(document, 'images')) : [];
  });
}

/** The references of a list of `name`, `newName`, `newTag` and `digest`. */
export function kustomizeImages(items: readonly Tree[]): readonly WrittenReference[] {
  return items.flatMap((item) => {
    const name = scalarAt(item, 'newName') ?? scalarAt(item, 'name');
    if (name === undefined || name.value === '') return [];
    const [tag, digest] = [scalarAt(item, 'newTag'), scalarAt(item, 'digest')];
    const hasNumber = [tag, digest].some((part) => part !== undefined && !part.isText);
    const at = { at: name.span.start, raw: name.value };
    if (hasNumber) return [{ ...at, ...unknownBecause('its tag is a number, which kustomize refuses; quote it') }];
    if ((tag?.value ?? '') === '' && (digest?.value ?? '') === '') {
      return [{ ...at, ...unknownBecause(`${name.value} takes its tag from the manifests`) }];
    }
    const isFlow = item.kind === 'mapping' && item.isFlow;
    const newDigest = tag === undefined ? undefined : { behind: tag, key: 'digest', isFlow };
    const found = referenceOfFields(name.span, { name: name.value, tag, digest, newDigest });
    return [hasOther(item) ? { ...found, standsFor: scalarAt(item, 'name')?.value ?? '' } : found];
  });
}

function hasOther(item: Tree): boolean {
  const name = scalarAt(item, 'newName')?.value ?? '';
  return name !== '' && name !== scalarAt(item, 'name')?.value;
}
