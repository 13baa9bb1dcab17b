import type { Attested } from '../baseline/attested.ts';
import { vouched } from '../baseline/attested.ts';
import type { Confidence } from '../baseline/evidence.ts';
import { type PlatformManifest, type PublishedImage, platformManifests } from '../baseline/published.ts';
import { recordType } from '../baseline/record.ts';
import { field, parsed } from '../json.ts';
import { annotationKeys } from '../oci/manifest.ts';
import type { Registry } from '../registry/registry.ts';
import { given } from '../table.ts';
import { type InheritedTexts, mayBeInherited } from './inherited-texts.ts';
import {
  type AbbreviatedRevision,
  parseAbbreviated,
  parseRevision,
  type RecordedSource,
  type SourceEvidence,
  type SourceRecord,
} from './record.ts';

/** Where records of the source are found. */
export interface RecordSources {
  readonly registry: Registry;
  readonly attested: (image: PublishedImage) => Promise<Attested>;
  /** What an image that was built from a commit may have from its base. */
  readonly inherited: (revision: string) => Promise<InheritedTexts>;
  /** The one commit of this repository whose name begins so. */
  readonly resolve: (prefix: string) => Promise<string | undefined>;
}

/** OCI image-spec, annotations.md; builders write them as labels, as annotations, or as both. */
export const revisionKey = 'org.opencontainers.image.revision';
const repositoryKey = 'org.opencontainers.image.source';

/**
 * The commit that a published image was built from: the first of our own record, its provenance, its annotations and its
 * labels that names one. Every platform has to name the same.
 */
export async function readSourceRecord(sources: RecordSources, image: PublishedImage): Promise<SourceRecord> {
  const platforms = await platformManifests(sources.registry, image);
  const rungs: readonly (() => Statements | Promise<Statements>)[] = [
    () => ownRecordOf(sources, image, platforms),
    async () => attestedRecordsOf(await sources.attested(image)),
    async () => provenanceOf(await sources.attested(image)),
    () => annotationsOf(sources, image, platforms),
    () => labelsOf(sources, image, platforms),
  ];
  for (const rung of rungs) {
    const statements = await rung();
    if (statements.length > 0) return agreed(statements);
  }
  return { kind: 'absent', ...given('abbreviated', await abbreviatedIn(sources, image, platforms)) };
}

type Statements = readonly RecordedSource[];

function agreed(statements: Statements): SourceRecord {
  const [first] = statements;
  if (first === undefined) return { kind: 'absent' };
  const differs = statements.some(({ revision, dirty }) => revision !== first.revision || dirty !== first.dirty);
  return differs ? { kind: 'disputed', statements } : { kind: 'recorded', ...first };
}

/** The text of our own record, which the annotation `annotationKeys.source` holds. */
export function writeSourceRecord({ revision, dirty }: Pick<RecordedSource, 'revision' | 'dirty'>): string {
  return JSON.stringify(dirty ? { revision, dirty } : { revision });
}

async function ownRecordOf(
  sources: RecordSources,
  image: PublishedImage,
  platforms: readonly PlatformManifest[],
): Promise<Statements> {
  const text = annotationOf(annotationKeys.source, image, platforms);
  const document = text === undefined ? undefined : parsed(text);
  const revision = parseRevision(String(field(document, 'revision')));
  if (revision === undefined) return [];
  // A base and an image on it may well be of one commit, and never stand on the same bases.
  const bases = annotationOf(annotationKeys.bases, image, platforms);
  const ofBases = { key: annotationKeys.bases, text: bases ?? '' };
  if (await isOfBase(sources, { image, platforms, revision: revision.revision, ...ofBases })) return [];
  const dirty = field(document, 'dirty') === true;
  return [{ ...revision, dirty, evidence: 'own-record', confidence: 'high' }];
}

// The same record as it is attested beside the image, for builders that drop annotations.
function attestedRecordsOf({ voucher, statements }: Attested): Statements {
  return statements
    .filter((document) => field(document, 'predicateType') === recordType)
    .flatMap((document) => {
      const source = field(field(document, 'predicate'), 'source');
      const revision = parseRevision(String(field(source, 'revision')));
      if (revision === undefined) return [];
      const dirty = field(source, 'dirty') === true;
      return [
        { ...revision, dirty, evidence: 'own-record', confidence: vouched(voucher).confidence ?? 'high' } as const,
      ];
    });
}

function provenanceOf({ voucher, provenances }: Attested): Statements {
  return provenances.flatMap(({ source }) => {
    const revision = source === undefined ? undefined : parseRevision(source.revision);
    if (source === undefined || revision === undefined) return [];
    const { confidence = 'high' } = vouched(voucher);
    // BuildKit fetched a git context itself; of a folder it repeats what its client said.
    const sure: Confidence = source.by === 'client' && confidence === 'high' ? 'medium' : confidence;
    return [statement(revision, 'provenance', sure, source.repository)];
  });
}

async function annotationsOf(
  sources: RecordSources,
  image: PublishedImage,
  platforms: readonly PlatformManifest[],
): Promise<Statements> {
  const text = annotationOf(revisionKey, image, platforms);
  const revision = text === undefined ? undefined : await revisionIn(sources, text);
  if (text === undefined || revision === undefined) return [];
  if (await isOfBase(sources, { image, platforms, revision: revision.revision, key: revisionKey, text })) return [];
  return [statement(revision, 'annotation', 'medium', image.manifest.document.annotations[repositoryKey])];
}

function annotationOf(key: string, { manifest }: PublishedImage, platforms: readonly PlatformManifest[]) {
  return (
    manifest.document.annotations[key] ??
    eachPlatform(platforms, (platform) => platform.manifest.document.annotations[key])
  );
}

interface Annotated {
  readonly image: PublishedImage;
  readonly platforms: readonly PlatformManifest[];
  readonly revision: string;
  readonly key: string;
  readonly text: string;
}

// Buildah and Podman, which leave a label, give an image the annotations of its base.
async function isOfBase(
  sources: RecordSources,
  { image, platforms, revision, key, text }: Annotated,
): Promise<boolean> {
  const { registry, inherited } = sources;
  const configs = await Promise.all(platforms.map(({ manifest }) => registry.config(image.reference, manifest)));
  if (!configs.some(({ labels }) => labels['io.buildah.version'] !== undefined)) return false;
  return mayBeInherited(await inherited(revision), 'annotations', key, text);
}

async function labelsOf(
  sources: RecordSources,
  image: PublishedImage,
  platforms: readonly PlatformManifest[],
): Promise<Statements> {
  const { registry, inherited } = sources;
  const configs = await Promise.all(platforms.map(({ manifest }) => registry.config(image.reference, manifest)));
  const [first] = configs;
  const text = first?.labels[revisionKey];
  const revision = text === undefined ? undefined : await revisionIn(sources, text);
  if (text === undefined || revision === undefined) return [];
  if (configs.some(({ labels }) => labels[revisionKey] !== text)) return [];
  if (mayBeInherited(await inherited(revision.revision), 'labels', revisionKey, text)) return [];
  return [statement(revision, 'label', 'medium', first?.labels[repositoryKey])];
}

async function revisionIn({ resolve }: RecordSources, text: string) {
  const abbreviated = parseAbbreviated(text);
  if (abbreviated === undefined) return parseRevision(text);
  const revision = await resolve(abbreviated.prefix);
  return revision === undefined ? undefined : { revision, dirty: abbreviated.dirty };
}

async function abbreviatedIn(
  { registry }: RecordSources,
  image: PublishedImage,
  platforms: readonly PlatformManifest[],
): Promise<AbbreviatedRevision | undefined> {
  const [first] = platforms;
  const annotation = annotationOf(revisionKey, image, platforms);
  const label = first && (await registry.config(image.reference, first.manifest)).labels[revisionKey];
  const texts = [['annotation', annotation] as const, ['label', label] as const];
  const [found] = texts.flatMap(([evidence, text]) =>
    text === undefined || parseAbbreviated(text) === undefined ? [] : [{ evidence, text: text.trim() }],
  );
  return found;
}

function statement(
  revision: { readonly revision: string; readonly dirty: boolean },
  evidence: SourceEvidence,
  confidence: Confidence,
  repository: string | undefined,
): RecordedSource {
  return { ...revision, evidence, confidence, ...(repository === undefined ? {} : { repository }) };
}

function eachPlatform(
  platforms: readonly PlatformManifest[],
  read: (platform: PlatformManifest) => string | undefined,
): string | undefined {
  const [first, ...others] = platforms.map(read);
  return first !== undefined && others.every((other) => other === first) ? first : undefined;
}
