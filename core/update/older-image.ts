import type { StoredManifest } from '../oci/manifest.ts';
import { type Reference, withDigest, withTag } from '../oci/reference.ts';
import { compareParts, compareTags, sameLine, versionOf } from './compare-tags.ts';
import { plausibleTime, utcDay } from './cool-down.ts';
import { createdTimes, find } from './examine.ts';
import type { Candidate, Market } from './question.ts';
import { parseTag, type TagVersion } from './tag-version.ts';
import type { UpdateKind } from './update.ts';

/** A tag that would be taken, with what it names. */
interface Offered {
  readonly target: Reference;
  readonly manifest: StoredManifest;
  readonly kind: UpdateKind;
}

// Platforms of one release are built one after another, and so are releases of several lines.
const slack = 24 * 3_600_000;

/**
 * Why a candidate is no successor of what is pinned, though its number is higher: its image was made first. Undefined where
 * the images do not say so. What the tag names now may be a rebuild, so that only the digest in the file is compared.
 */
export async function whyOlder(
  market: Market,
  question: Candidate,
  offered: Offered,
  tags: readonly string[],
): Promise<string | undefined> {
  const { reference } = question.subject;
  const { registry, repository, digest } = reference;
  const current = parseTag(reference.tag ?? '');
  const candidate = parseTag(offered.target.tag ?? '');
  if (digest === undefined || !namesOneRelease(current)) return undefined;
  // The same version on another suffix is built whenever its publisher likes.
  if (compareParts(current.main, candidate.main) === 0) return undefined;
  const pinned = await spanOf(market, question, { registry, repository, digest });
  if (pinned === undefined) return undefined;
  const made = spanIn(await timesIn(market, question, offered.target, offered.manifest), market.now);
  if (made === undefined || !isBefore(made, pinned)) return undefined;
  if (offered.kind !== 'patch' && !(await isBeforeLine(market, question, made, current, tags))) return undefined;
  return `was made on ${utcDay(made.last)}, before the pinned image of ${utcDay(pinned.first)}; edit the reference to take it all the same`;
}

// What has fewer numbers is moved from release to release, and what it was pinned to may be any rebuild.
function namesOneRelease({ main, tail }: TagVersion): boolean {
  return main !== undefined && (versionOf(main).length > 2 || tail.some(({ isRevision }) => isRevision));
}

// Two lines are maintained side by side: a fix of the older one is made after the newer one's release, and is no reason to
// stay. A candidate from before the older line began belongs to neither.
async function isBeforeLine(
  market: Market,
  question: Candidate,
  made: Span,
  current: TagVersion,
  tags: readonly string[],
): Promise<boolean> {
  const line = versionOf(current.main).slice(0, 2).join('.');
  const [first] = tags
    .map(parseTag)
    .filter((one) => sameLine(current, one, false) && versionOf(one.main).slice(0, 2).join('.') === line)
    .sort(compareTags);
  if (first === undefined || compareTags(first, current) >= 0) return true;
  const began = await spanOf(market, question, withTag(question.named, first.tag));
  return began !== undefined && isBefore(made, began);
}

/** When the first and the last of an image's platforms were made. */
interface Span {
  readonly first: Date;
  readonly last: Date;
}

function isBefore(a: Span, b: Span): boolean {
  return a.last.getTime() + slack < b.first.getTime();
}

async function spanOf(market: Market, question: Candidate, reference: Reference): Promise<Span | undefined> {
  const found = await find(market.registry, reference);
  if (found.kind !== 'image') return undefined;
  return spanIn(await timesIn(market, question, reference, found.manifest), market.now);
}

function timesIn({ registry }: Market, { needed }: Candidate, reference: Reference, manifest: StoredManifest) {
  return createdTimes(registry, withDigest(reference, manifest.descriptor.digest), manifest, needed);
}

// One platform without a real time, such as that of a reproducible build, leaves all unknown.
function spanIn(times: readonly (string | undefined)[], now: Date): Span | undefined {
  const real = times.flatMap((time) => plausibleTime(time, now) ?? []).sort((a, b) => a.getTime() - b.getTime());
  const [first, last] = [real[0], real.at(-1)];
  if (first === undefined || last === undefined || real.length < times.length) return undefined;
  return { first, last };
}
