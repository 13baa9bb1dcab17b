import { valuesImages } from './helm-values.ts';
import { manifestKind } from './kubernetes.ts';
import { kustomizeImages } from './kustomize.ts';
import { itemsAt, scalarAt, type Tree, treeAt } from './tree.ts';
import { type ReferenceText, referenceOfFields, unknownBecause, type WrittenReference } from './written-reference.ts';

/** The references of Flux: values of releases, images of kustomizations, OCI repositories, and what image automation watches. */
export function readFlux({ documents, text, path }: ReferenceText): readonly WrittenReference[] {
  return documents.flatMap((document) => {
    const manifest = manifestKind(document);
    if (manifest === undefined || !/(?:^|\.)toolkit\.fluxcd\.io$/.test(manifest.group)) return [];
    const spec = treeAt(document, 'spec');
    switch (manifest.kind) {
      case 'HelmRelease':
        return [...valuesOf(spec, text, path), ...postRendered(spec)];
      case 'Kustomization':
        return kustomizeImages(itemsAt(spec, 'images'));
      case 'OCIRepository':
        return ociRepository(spec);
      case 'ImageRepository':
        return watched(spec);
      default:
        return [];
    }
  });
}

function valuesOf(spec: Tree | undefined, text: string, path: string): readonly WrittenReference[] {
  const values = treeAt(spec, 'values');
  return values === undefined ? [] : valuesImages(values, text, path);
}

function postRendered(spec: Tree | undefined): readonly WrittenReference[] {
  return itemsAt(spec, 'postRenderers').flatMap((one) => kustomizeImages(itemsAt(one, 'kustomize', 'images')));
}

function ociRepository(spec: Tree | undefined): readonly WrittenReference[] {
  const url = scalarAt(spec, 'url');
  if (url === undefined || !url.value.startsWith('oci://')) return [];
  const name = url.value.slice('oci://'.length).replace(/\/$/, '');
  const [tag, digest] = [scalarAt(spec, 'ref', 'tag'), scalarAt(spec, 'ref', 'digest')];
  const range = scalarAt(spec, 'ref', 'semver');
  if (range !== undefined && digest === undefined) {
    return [{ at: range.span.start, raw: name, ...unknownBecause(`Flux chooses a tag of ${name} by ${range.value}`) }];
  }
  return [{ ...referenceOfFields(url.span, { name, tag, digest }), isArtifact: true }];
}

// What is watched is not what runs: the tag that a policy chooses stands in the file that has its comment.
function watched(spec: Tree | undefined): readonly WrittenReference[] {
  const image = scalarAt(spec, 'image');
  if (image === undefined) return [];
  const detail = `Flux watches ${image.value}; which tag it chooses is written where its comment stands`;
  return [{ at: image.span.start, raw: image.value, ...unknownBecause(detail), isElsewhere: true }];
}
