import { valuesImages } from './helm-values.ts';
import { manifestKind } from './kubernetes.ts';
import { itemsAt, type ScalarTree, scalarAt, type Tree, treeAt } from './tree.ts';
import {
  type ReferenceText,
  referenceOfFields,
  unknownBecause,
  type WrittenReference,
  wholeReference,
} from './written-reference.ts';

/** The images that sources of Argo CD applications set: kustomize.images, helm.parameters, helm.valuesObject. */
export function readArgoCd({ documents, text, path }: ReferenceText): readonly WrittenReference[] {
  return documents.flatMap((document) => {
    const manifest = manifestKind(document);
    if (manifest?.group !== 'argoproj.io') return [];
    const spec =
      manifest.kind === 'ApplicationSet' ? treeAt(document, 'spec', 'template', 'spec') : treeAt(document, 'spec');
    if (manifest.kind !== 'Application' && manifest.kind !== 'ApplicationSet') return [];
    const source = treeAt(spec, 'source');
    const sources = [...(source === undefined ? [] : [source]), ...itemsAt(spec, 'sources')];
    return sources.flatMap((one) => sourceImages(one, text, path));
  });
}

function sourceImages(source: Tree, text: string, path: string): readonly WrittenReference[] {
  const values = treeAt(source, 'helm', 'valuesObject');
  return [
    ...itemsAt(source, 'kustomize', 'images').flatMap((image) => kustomizeImage(image, text)),
    ...parameterImages(itemsAt(source, 'helm', 'parameters')),
    ...(values === undefined ? [] : valuesImages(values, text, path)),
    ...valuesText(scalarAt(source, 'helm', 'values')),
  ];
}

// [old=]name:tag, as `kustomize edit set image` has it.
function kustomizeImage(image: Tree, text: string): readonly WrittenReference[] {
  if (image.kind !== 'scalar') return [];
  const from = image.value.indexOf('=') + 1;
  const { span, quote } = image;
  const piece = { value: image.value.slice(from), span: { start: span.start + from, end: span.end }, quote };
  if (!/:[^/]*$|@/.test(piece.value)) {
    return [{ at: span.start, raw: piece.value, ...unknownBecause(`${piece.value} takes its tag from the manifests`) }];
  }
  return [wholeReference(text, piece)];
}

// `image.repository` and `image.tag`, each by a name and a value.
function parameterImages(items: readonly Tree[]): readonly WrittenReference[] {
  const groups = new Map<string, Map<string, ScalarTree>>();
  for (const item of items) {
    const [name, value] = [scalarAt(item, 'name'), scalarAt(item, 'value')];
    const [, group, field] =
      /^((?:.*\.)?[^.]*[iI]mage)\.(registry|repository|tag|digest)$/.exec(name?.value ?? '') ?? [];
    if (group === undefined || field === undefined || value === undefined) continue;
    const fields = groups.get(group) ?? new Map<string, ScalarTree>();
    groups.set(group, fields.set(field, value));
  }
  return [...groups].flatMap(([group, fields]) => parameterImage(group, fields));
}

function parameterImage(group: string, fields: ReadonlyMap<string, ScalarTree>): readonly WrittenReference[] {
  const [repository, tag, digest] = ['repository', 'tag', 'digest'].map((field) => fields.get(field));
  const registry = fields.get('registry')?.value ?? '';
  if (repository === undefined) {
    const part = tag ?? digest;
    const detail = `${group}.repository is not set here: the chart's own default counts`;
    return part === undefined ? [] : [{ at: part.span.start, raw: part.value, ...unknownBecause(detail) }];
  }
  const name = `${registry === '' ? '' : `${registry}/`}${repository.value}`;
  if (tag === undefined && digest === undefined) {
    const detail = `${name} has no tag here: the chart's own default counts, in most charts the appVersion of Chart.yaml`;
    return [{ at: repository.span.start, raw: name, ...unknownBecause(detail) }];
  }
  return [referenceOfFields(repository.span, { name, tag, digest })];
}

function valuesText(values: ScalarTree | undefined): readonly WrittenReference[] {
  if (values === undefined || !/image/i.test(values.value)) return [];
  const detail = 'values of Helm as one text are not read; write them under valuesObject';
  return [{ at: values.span.start, raw: 'helm.values', ...unknownBecause(detail) }];
}
