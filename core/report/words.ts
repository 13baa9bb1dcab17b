import type { Confidence, Evidence } from '../baseline/baseline.ts';
import { describeFailure, type Failure } from '../failure.ts';
import { asDigest, shortDigest } from '../oci/digest.ts';
import type { ReportedBase } from './report.ts';

/** A reference as people write it: without `docker.io/` and `library/`. */
export function familiarName(reference: string): string {
  return reference.replace(/^docker\.io\/(?:library\/)?/, '');
}

/** A digest short enough to read; any other text as it is; a dash where there is none. */
export function shortened(digest: string | null): string {
  if (digest === null) return '–';
  const parsed = asDigest(digest);
  return parsed === undefined ? digest : shortDigest(parsed);
}

const evidenceWords: Readonly<Record<Evidence, string>> = {
  'own-record': "this tool's own record",
  'buildkit-provenance': 'BuildKit provenance',
  annotation: 'its annotations',
  label: 'its labels',
  layers: 'its layers',
  'lock-file': 'the lock file',
  'git-pin': 'the digest in the Dockerfile',
};

/** The name of a kind of evidence in words, as it stands where it is none of ours. */
export function evidenceName(evidence: string): string {
  return Object.entries(evidenceWords).find(([name]) => name === evidence)?.[1] ?? evidence;
}

/** What says which digest an image was built on, and how far that can be relied on where not wholly. */
export function evidenceOf(base: Pick<ReportedBase, 'evidence' | 'confidence'>): string {
  if (base.evidence === null) return 'no record';
  return `${evidenceWords[base.evidence]}${confidenceWords(base.confidence)}`;
}

function confidenceWords(confidence: Confidence | null): string {
  return confidence === null || confidence === 'high' ? '' : ` (${confidence} confidence)`;
}

/** One sentence about a base: where it stands, from what to what, and how that is known. */
export function baseSentence(base: ReportedBase): string {
  const name = familiarName(base.reference);
  const from = shortened(base.from);
  const to = shortened(base.to);
  switch (base.verdict) {
    case 'current':
      return `${name} is still ${to}; built on it by ${evidenceOf(base)}.`;
    case 'unchanged-for-platforms':
      return `${name} moved ${from} → ${to}, but not for this image's platforms; built on ${from} by ${evidenceOf(base)}.`;
    case 'stale':
      return `${name} moved ${from} → ${to}${onPlatforms(base)}; built on ${from} by ${evidenceOf(base)}.`;
    case 'unrecorded':
      return `${name} is ${to}; nothing records which digest the published image was built on.`;
    case 'missing':
      return base.to === null
        ? `${name} is built by this repository and is not published yet.`
        : `${name} is ${to}; the image is not published yet.`;
    case 'platform-missing':
    case 'unknown':
      return base.failure === null ? `${name} could not be checked.` : describeFailure(base.failure);
  }
}

function onPlatforms({ platforms }: ReportedBase): string {
  const moved = platforms.filter(({ from, to }) => from !== to).map(({ platform }) => platform);
  return moved.length === 0 ? '' : ` (${moved.join(', ')})`;
}

/** A failure of an image in one sentence that names the image once. */
export function imageFailureWords(name: string, failure: Failure): string {
  const words = describeFailure(failure);
  return failure.subject === name ? words : `${name}: ${words}`;
}

/** `1 image`, `2 images`. */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${count.toLocaleString('en-GB')} ${count === 1 ? noun : plural}`;
}

/** Milliseconds as people read them: `840 ms`, `12.3 s`, `3 min 5 s`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
