import { type Confidence, type EvidenceKinds, evidenceKinds } from '../baseline/evidence.ts';
import { describeFailure, type Failure } from '../failure.ts';
import { asDigest } from '../oci/digest.ts';
import { ago, minute } from '../text/time.ts';
import { counted, shortened } from '../text/words.ts';
import type { ReportedBase } from './report.ts';

/** A reference as people write it: without `docker.io/` and `library/`. */
export function familiarName(reference: string): string {
  return reference.replace(/^docker\.io\/(?:library\/)?/, '');
}

/** The name of a kind of evidence in words, as it stands where it is not one of ours. */
export function evidenceName(evidence: string, kinds: EvidenceKinds = evidenceKinds): string {
  return Object.entries(kinds).find(([name]) => name === evidence)?.[1].words ?? evidence;
}

/** What says which digest an image was built on, how far that can be relied on where not wholly, and what says otherwise. */
export function evidenceOf(
  base: Pick<ReportedBase, 'evidence' | 'confidence' | 'verified' | 'disputedBy'>,
  kinds: EvidenceKinds = evidenceKinds,
): string {
  if (base.evidence === null) return 'no record';
  const others = (base.disputedBy ?? []).map(
    (record) =>
      `${cutDigest(record.digest)} by ${evidenceName(record.evidence, kinds)}${trustWords({ ...record, isPlain: false })}`,
  );
  const dispute = others.length === 0 ? '' : `, but ${others.join(' and ')}, so the safer verdict counts`;
  return `${evidenceName(base.evidence, kinds)}${trustWords({ ...base, isPlain: true })}${dispute}`;
}

interface Trust {
  readonly confidence: Confidence | null;
  readonly verified?: boolean;
  /** Whether it goes without saying that it can be relied on. */
  readonly isPlain: boolean;
}

function trustWords({ confidence, verified, isPlain }: Trust): string {
  const sureness = confidence === null || (isPlain && confidence === 'high') ? [] : [`${confidence} confidence`];
  const signature = verified === undefined ? [] : [verified ? 'signature verified' : 'unverified'];
  const words = [...signature, ...sureness];
  return words.length === 0 ? '' : ` (${words.join(', ')})`;
}

/** One sentence about a base: where it stands, from what to what, since when, and how that is known. */
export function baseSentence(base: ReportedBase): string {
  const name = familiarName(base.reference);
  const [from, to] = [cutDigest(base.from), cutDigest(base.to)];
  const built = `built on ${cutDigest(base.from)} by ${evidenceOf(base)}`;
  switch (base.verdict) {
    case 'current':
      return `${name} is still ${to}; built on it by ${evidenceOf(base)}.`;
    case 'unchanged-for-platforms':
      // The record names a platform's manifest, and that is in the index still.
      return base.platforms.some((platform) => platform.to === base.from)
        ? `${name} is ${to}, which still has what this image is built on; ${built}.`
        : `${name} moved ${from} → ${to}, but not for this image's platforms; ${built}.`;
    case 'stale':
      return `${name} ${movedWord(base)} ${from} → ${to}${onPlatforms(base)}${age(base)}${packageWords(base)}; ${built}.`;
    case 'unchanged-packages':
      return `${name} moved ${from} → ${to}${onPlatforms(base)}${age(base)}, with the same packages${packageWords(base)}; ${built}.`;
    case 'settling':
      return `${name} ${base.from === null ? `is ${to}` : `moved ${from} → ${to}`}${onPlatforms(base)}${age(base)} and is left to settle${settleWords(base)}; ${base.from === null ? unrecordedWords(base) : built}.`;
    case 'unrecorded':
      return `${name} is ${to}; ${unrecordedWords(base)}.`;
    case 'missing':
      return base.to === null
        ? `${name} is built by this repository and is not published yet.`
        : `${name} is ${to}; the image is not published yet.`;
    case 'platform-missing':
    case 'unknown':
      return base.failure === null ? `${name} could not be checked.` : describeFailure(base.failure);
  }
}

/** A digest as every text shows it: its algorithm, twelve digits, and a sign that it goes on. */
export function cutDigest(digest: string | null): string {
  return digest === null || asDigest(digest) === undefined ? shortened(digest) : `${shortened(digest)}…`;
}

function unrecordedWords(base: ReportedBase): string {
  const { layersOf, runtime, via, from } = base;
  if (from !== null)
    return `that the published image was built on ${cutDigest(from)} is said by ${evidenceOf(base)} alone`;
  const nothing = 'nothing records which digest the published image was built on';
  if (layersOf !== undefined)
    return `${nothing}: it has the layers of ${cutDigest(layersOf)} under another configuration`;
  const leavesLayers = runtime !== false || via === 'syntax';
  return leavesLayers ? nothing : `${nothing}, and a build stage leaves no layers that could show it`;
}

function onPlatforms({ platforms }: ReportedBase): string {
  const moved = platforms.filter(({ from, to }) => from !== to).map(({ platform }) => platform);
  return moved.length === 0 ? '' : ` (${[...new Set(moved)].join(', ')})`;
}

function movedWord({ moved }: ReportedBase): string {
  return moved?.back === true ? 'moved back' : 'moved';
}

function settleWords({ settling }: ReportedBase): string {
  if (settling === undefined) return '';
  const lacking = settling.missing.length === 0 ? '' : ` (it lacks ${settling.missing.join(', ')})`;
  return ` until ${minute(settling.until)}${lacking}`;
}

function packageWords({ packages }: ReportedBase): string {
  if (packages === undefined) return '';
  if (packages.verdict === 'same') return ` (${counted(packages.count, 'package')}, by ${packages.by})`;
  return ` (${packages.why})`;
}

// When it was made is when it moved, as near as anybody can tell; when it was seen is said to be just that.
function age({ moved }: ReportedBase): string {
  if (moved === undefined) return '';
  if (moved.back === true) return `, which it named before; seen ${ago(moved.ageMs)}`;
  return moved.by === 'created' ? ` ${ago(moved.ageMs)}` : `, first seen ${ago(moved.ageMs)}`;
}

/** A failure of an image in one sentence that names the image once. */
export function imageFailureWords(name: string, failure: Failure): string {
  const words = describeFailure(failure);
  return failure.subject === name ? words : `${name}: ${words}`;
}
