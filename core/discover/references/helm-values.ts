import { type MappingTree, type ScalarTree, scalarAt, type Tree, treesWithin } from './tree.ts';
import {
  type ReferenceText,
  referenceOfFields,
  unknownBecause,
  type WrittenReference,
  wholeReference,
} from './written-reference.ts';

/** Whether a path is one of Helm values. */
export function isHelmValues(path: string): boolean {
  return /(?:^|\/)(?:[^/]*[._-])?values(?:[._-][^/]*)?\.ya?ml$/.test(path);
}

/** The images of Helm values, by the conventions of charts. */
export function readHelmValues({ documents, text, path }: ReferenceText): readonly WrittenReference[] {
  return documents.flatMap((document) => (isManifest(document) ? [] : valuesImages(document, text, path)));
}

// A kustomization may have a patch called values.yaml.
function isManifest(tree: Tree): boolean {
  return scalarAt(tree, 'apiVersion') !== undefined && scalarAt(tree, 'kind') !== undefined;
}

/** The images of a value that a chart reads: `image: a:1`, and mappings of repository, tag, digest and registry. */
export function valuesImages(tree: Tree, text: string, path: string): readonly WrittenReference[] {
  const found: WrittenReference[] = [];
  const over = globalRegistry(tree);
  const named = new Set<Tree>();
  for (const within of treesWithin(tree, path)) {
    if (within.kind !== 'mapping') continue;
    const fields = imageFields(within, named.has(within));
    if (fields !== undefined) found.push(fieldsReference(fields, over));
    for (const [key, value] of within.entries) {
      if (!/^image$|Image$/.test(key)) continue;
      named.add(value);
      if (value.kind === 'scalar' && value.isText && looksLikeImage(value.value)) {
        found.push(wholeReference(text, value));
      }
    }
  }
  return found;
}

// `image: web` may be a name that the chart completes; a tag, a digest or a path makes it a reference.
function looksLikeImage(text: string): boolean {
  return /[:/@]/.test(text) && !/\s/.test(text) && !/^[a-z+]+:\/\//.test(text);
}

function globalRegistry(tree: Tree): string | undefined {
  const one = scalarAt(tree, 'global', 'imageRegistry') ?? scalarAt(tree, 'global', 'image', 'registry');
  return one === undefined || one.value === '' || !one.isText ? undefined : one.value;
}

interface ImageFields {
  readonly mapping: MappingTree;
  readonly repository: ScalarTree;
  readonly registry: ScalarTree | undefined;
  readonly tag: ScalarTree | undefined;
}

const companions = ['tag', 'digest', 'sha', 'registry', 'pullPolicy', 'imagePullPolicy'];

// A version is the tag of what is called an image; elsewhere it may be one of a chart, or of anything.
function imageFields(mapping: MappingTree, isNamed: boolean): ImageFields | undefined {
  const repository = scalarAt(mapping, 'repository');
  const tag = scalarAt(mapping, isNamed && !mapping.entries.has('tag') ? 'version' : 'tag');
  const isImage = tag !== undefined || companions.some((key) => mapping.entries.has(key));
  if (repository === undefined || !repository.isText || !isImage) return undefined;
  // A repository of charts or of git has the same key.
  if (repository.value === '' || /:\/\/|@|\s/.test(repository.value)) return undefined;
  return { mapping, repository, registry: scalarAt(mapping, 'registry'), tag };
}

function fieldsReference(fields: ImageFields, over: string | undefined): WrittenReference {
  const { mapping, repository, registry, tag } = fields;
  const [digest, sha] = ['digest', 'sha'].map((key) => scalarAt(mapping, key));
  const host = registry?.isText && registry.value !== '' ? `${registry.value.replace(/\/$/, '')}/` : '';
  const name = `${host}${repository.value}`;
  if (over !== undefined && over !== registry?.value) {
    const detail = `${name} may come from ${over}, which global.imageRegistry puts in front of it in many charts`;
    return { at: repository.span.start, raw: name, ...unknownBecause(detail) };
  }
  const hasNone = [tag, digest, sha].every((part) => part === undefined || part.value === '' || isNull(part));
  if (hasNone) {
    const detail = `${name} has no tag here: the chart's own default counts, in most charts the appVersion of Chart.yaml`;
    return { at: repository.span.start, raw: name, ...unknownBecause(detail) };
  }
  const hasDigest = digest !== undefined && !isNull(digest) ? digest : undefined;
  const hasSha = hasDigest === undefined && sha !== undefined && !isNull(sha) ? sha : undefined;
  return referenceOfFields(repository.span, {
    name,
    tag: tag !== undefined && isNull(tag) ? undefined : tag,
    digest: hasDigest ?? hasSha,
    prefix: hasSha !== undefined && !hasSha.value.startsWith('sha256:') ? 'sha256:' : '',
  });
}

function isNull({ value, isText, span }: ScalarTree): boolean {
  return !isText && (span.start === span.end || /^(?:null|~)?$/i.test(value));
}
