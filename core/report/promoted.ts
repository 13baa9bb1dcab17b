import { isAbsolute, resolve } from 'node:path';
import { attempt, type Failure, FailureError, fail } from '../failure.ts';
import { asDigest } from '../oci/digest.ts';
import { familiar, formatReference, parseReference } from '../oci/reference.ts';
import type { World } from '../ports.ts';
import { type PromotionRecord, type SavedPromotion, type SavedPromotions, savedPromotions } from '../promote/record.ts';
import { decodeText } from '../text/decode.ts';
import { createStateReader } from '../tools/state-files.ts';
import { plainLines } from '../untrusted.ts';
import { parseReport } from './json.ts';
import type { RefreshReport, ReportedImage } from './report.ts';
import { reportFilesIn } from './write.ts';

/** What earlier runs tell of. */
export interface LoadedPromotions {
  /** The newest first. */
  readonly promoted: readonly Promoted[];
  /** Names of all their images, promoted or not. */
  readonly images: readonly string[];
  /** Why files of the output directory are not believed. */
  readonly refused: readonly Failure[];
}

/** An image that an earlier run has promoted, with what is known of it. */
export interface Promoted {
  /** Its name in the configuration, by which targets take it. */
  readonly name: string;
  readonly image: ReportedImage;
  readonly promotion: PromotionRecord;
}

/** The reports that a run names, and where earlier runs have saved theirs. */
interface Place {
  readonly operands: readonly string[];
  readonly outputDirectory: string;
}

/** What the named reports, or else the output directory, tell of promotions; throws where they tell of none. */
export async function loadPromoted(world: World, config: Place): Promise<LoadedPromotions> {
  const { operands, outputDirectory } = config;
  const named = operands.filter(isExact);
  const files = operands.filter((operand) => !isExact(operand));
  const found = operands.length > 0 ? await namedReports(world, files) : await ownReport(world, outputDirectory);
  const { reports } = found;
  const reported = (await Promise.all(reports.map(({ report, file }) => promotedIn(report, file)))).flat();
  const own: SavedPromotions =
    operands.length > 0 ? { saved: [], refused: [] } : await savedPromotions(world, outputDirectory);
  const recorded = await Promise.all([...own.saved, ...named.map(recordOfNamed)].map(fromRecord));
  // Of one promotion the report knows more, and comes first.
  const promoted = [...reported, ...recorded].toSorted((a, b) => timeOf(b) - timeOf(a));
  const names = reports.flatMap(({ report }) => report.images.map(({ name }) => name));
  const images = [...names, ...recorded.map(({ name }) => name)];
  const refused = [...found.refused, ...own.refused];
  const [first] = refused;
  if (promoted.length > 0) return { promoted, images, refused };
  if (first !== undefined) throw new FailureError(first);
  const subject = operands.length > 0 ? operands.join(', ') : outputDirectory;
  throw fail('usage', subject, 'contains no promotion', 'give the report.json of a run that promoted an image');
}

/** Whether an operand is an image that the run itself names by tag and digest. */
function isExact(operand: string): boolean {
  return /@sha256:[0-9a-f]{64}$/.test(operand);
}

function recordOfNamed(operand: string): SavedPromotion {
  const { digest, ...tag } = parseReference(operand);
  if (digest === undefined) throw fail('usage', operand, 'names no digest', 'name the image as IMAGE:TAG@DIGEST');
  return { file: operand, record: { at: '', digest, tags: [{ reference: formatReference(tag) }] } };
}

interface FoundReports {
  readonly reports: readonly { readonly report: RefreshReport; readonly file: string }[];
  readonly refused: readonly Failure[];
}

// Whoever names a report vouches for where it comes from.
async function namedReports(world: World, files: readonly string[]): Promise<FoundReports> {
  const read = files.map(async (file) => {
    const path = isAbsolute(file) ? file : resolve(world.cwd, file);
    return { file, report: parseReport(decodeText(await world.files.read(path), file), file) };
  });
  return { reports: await Promise.all(read), refused: [] };
}

async function ownReport(world: World, outputDirectory: string): Promise<FoundReports> {
  const file = reportFilesIn(outputDirectory).json;
  const found = await createStateReader(world).read(file);
  if (found.kind === 'absent') return { reports: [], refused: [] };
  if (found.kind === 'refused') return { reports: [], refused: [found.failure] };
  return { reports: [{ file, report: parseReport(found.text, file) }], refused: [] };
}

function timeOf({ promotion }: Promoted): number {
  return Date.parse(promotion.at) || 0;
}

// A report can be written by hand: one that says itself that the image was not cleared is not believed to have promoted it.
async function promotedIn(
  { images, dryRun, finishedAt: at }: RefreshReport,
  file: string,
): Promise<readonly Promoted[]> {
  if (dryRun) return [];
  const found = images.flatMap((image) => {
    const { promotion, gate, validation } = image;
    const digest = promotion === null ? undefined : asDigest(promotion.digest);
    if (promotion === null || digest === undefined || gate?.verdict !== 'pass') return [];
    if (validation !== undefined && validation.verdict !== 'pass') return [];
    const tags = promotion.tags.map(({ reference, previous }) => {
      const before = previous === null ? undefined : asDigest(previous);
      return { reference, ...(before === undefined ? {} : { previous: before }) };
    });
    return tags.length === 0 ? [] : [{ name: image.name, image, promotion: { at, digest, tags } }];
  });
  for (const { promotion } of found) await checkTags(promotion, file);
  return found;
}

// Whether a promotion is still the release is asked by its tags: what names a digest would always answer for itself.
async function checkTags({ tags }: PromotionRecord, file: string): Promise<void> {
  for (const { reference } of tags) {
    const parsed = await attempt(file, async () => parseReference(reference));
    if (parsed.kind === 'done' && parsed.value.tag !== undefined && parsed.value.digest === undefined) continue;
    const detail = `names ${plainLines(reference).join(' ').slice(0, 300)} as promoted, which is no release tag`;
    throw fail('usage', file, detail, 'give the report.json of a run that promoted an image');
  }
}

// What a run that was killed left: no report, and a record of what it was about to release.
async function fromRecord({ record: promotion, file }: SavedPromotion): Promise<Promoted> {
  await checkTags(promotion, file);
  const [first] = promotion.tags;
  const tag = first === undefined ? promotion.digest : familiar(parseReference(first.reference));
  const name = promotion.image ?? tag;
  const tags = promotion.tags.map(({ reference, previous }) => ({ reference, previous: previous ?? null }));
  return {
    name,
    promotion,
    image: {
      name,
      image: first?.reference ?? null,
      dockerfile: '',
      verdict: 'current',
      bases: [],
      plan: null,
      build: null,
      scan: null,
      gate: null,
      promotion: { digest: promotion.digest, tags },
      signature: null,
      deployment: null,
      failure: null,
    },
  };
}
