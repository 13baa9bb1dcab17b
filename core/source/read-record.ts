import type { Attested } from '../baseline/attested.ts';
import { vouched } from '../baseline/attested.ts';
import type { Confidence } from '../baseline/evidence.ts';
import { type PlatformManifest, type PublishedImage, platformManifests } from '../baseline/published.ts';
import { recordType } from '../baseline/record.ts';
import { field, parsed } from '../json.ts';
import { annotationKeys } from '../oci/manifest.ts';
import type { Registry } from '../registry/registry.ts';
import { parseRevision, type RecordedSource, type SourceEvidence, type SourceRecord } from './record.ts';

/** Where records of the source are found. */
export interface RecordSources {
  readonly registry: Registry;
  readonly attested: (image: PublishedImage) => Promise<Attested>;
  /** Labels of the base of an image that was built from a commit: what it inherits says nothing of its own source. */
  readonly inheritedLabels: (revision: string) => Promise<Readonly<Record<string, string>>>;
}

/** OCI image-spec, annotations.md; builders write them as labels, as annotations, or as both. */
const revisionKey = 'org.opencontainers.image.revision';
const repositoryKey = 'org.opencontainers.image.source';

/**
 * The commit that a published image was built from: the first of our own record, its provenance, its annotations and its
 * labels that names one. Every platform has to name the same.
 */
export async function readSourceRecord(sources: RecordSources, image: PublishedImage): Promise<SourceRecord> {
  const platforms = await platformManifests(sources.registry, image);
  const rungs: readonly (() => Statements | Promise<Statements>)[] = [
    () => ownRecordOf(image, platforms),
    async () => attestedRecordsOf(await sources.attested(image)),
    async () => provenanceOf(await sources.attested(image)),
    () => annotationsOf(image, platforms),
    () => labelsOf(sources, image, platforms),
  ];
  for (const rung of rungs) {
    const statements = await rung();
    if (statements.length > 0) return agreed(statements);
  }
  return { kind: 'absent' };
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

function ownRecordOf(image: PublishedImage, platforms: readonly PlatformManifest[]): Statements {
  const texts = eachPlatform(platforms, ({ manifest }) => manifest.document.annotations[annotationKeys.source]);
  const text = image.manifest.document.annotations[annotationKeys.source] ?? texts;
  const document = text === undefined ? undefined : parsed(text);
  const revision = parseRevision(String(field(document, 'revision')));
  if (revision === undefined) return [];
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

function annotationsOf(image: PublishedImage, platforms: readonly PlatformManifest[]): Statements {
  const onTop = image.manifest.document.annotations;
  const text =
    onTop[revisionKey] ?? eachPlatform(platforms, ({ manifest }) => manifest.document.annotations[revisionKey]);
  const revision = text === undefined ? undefined : parseRevision(text);
  return revision === undefined ? [] : [statement(revision, 'annotation', 'medium', onTop[repositoryKey])];
}

async function labelsOf(
  { registry, inheritedLabels }: RecordSources,
  image: PublishedImage,
  platforms: readonly PlatformManifest[],
): Promise<Statements> {
  const configs = await Promise.all(platforms.map(({ manifest }) => registry.config(image.reference, manifest)));
  const [first] = configs;
  const text = first?.labels[revisionKey];
  const revision = text === undefined ? undefined : parseRevision(text);
  if (revision === undefined || configs.some(({ labels }) => labels[revisionKey] !== text)) return [];
  if ((await inheritedLabels(revision.revision))[revisionKey] === text) return [];
  return [statement(revision, 'label', 'medium', first?.labels[repositoryKey])];
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
