import { parseJson } from '../json.ts';
import type { ContainerChange } from './change.ts';

/** Which release each container follows, and at which digest it was put there, so that the next run knows it. */
const releasesKey = 'base-image-refresh/releases';
/** What each container ran before. */
const previousKey = 'base-image-refresh/previous-images';
/** What `kubectl rollout history` shows (Kubernetes, well-known annotations). */
const causeKey = 'kubernetes.io/change-cause';

type Annotations = Readonly<Record<string, string | null>>;

/** What a changed workload says of the change, beside what earlier ones said of its other containers. */
export function workloadAnnotations(
  changes: readonly ContainerChange[],
  before: Readonly<Record<string, string>>,
): Annotations {
  const images = changes.map(({ container, to, release }) => `${container} to ${to} (${release})`).join(', ');
  return {
    [causeKey]: `base-image-refresh: ${images}`,
    [releasesKey]: recordOf(before[releasesKey], changes, ({ release, to }) => atDigestOf(release, to)),
    [previousKey]: recordOf(before[previousKey], changes, ({ from }) => from),
  };
}

/** What it says once the change is undone: its cause, and what a digest follows that stands where a tag was. */
export function annotationsBefore(
  changes: readonly ContainerChange[],
  before: Readonly<Record<string, string>>,
): Annotations {
  const images = changes.map(({ container, from, back }) => `${container} back to ${back ?? from}`).join(', ');
  const held = changes.flatMap((change) => (change.back === undefined || change.back === change.from ? [] : [change]));
  const releases = recordOf(before[releasesKey], held, ({ release, back }) => atDigestOf(release, back ?? ''));
  return {
    [causeKey]: `base-image-refresh: ${images}`,
    [releasesKey]: held.length === 0 ? (before[releasesKey] ?? null) : releases,
    [previousKey]: before[previousKey] ?? null,
  };
}

function atDigestOf(release: string, image: string): string {
  return `${release}${image.replace(/^[^@]*/, '')}`;
}

/** The release that a container follows, where it still runs the digest that it was given with it. */
export function followedRelease(
  annotations: Readonly<Record<string, string>>,
  container: string,
  image: string,
): string | undefined {
  const said = Object.entries(entriesOf(annotations[releasesKey])).find(([name]) => name === container)?.[1] ?? '';
  const [release, digest] = said.split('@');
  return digest !== undefined && image.endsWith(`@${digest}`) ? release : undefined;
}

function recordOf(
  before: string | undefined,
  changes: readonly ContainerChange[],
  value: (change: ContainerChange) => string,
): string {
  const said = changes.map((change) => [change.container, value(change)]);
  return JSON.stringify({ ...entriesOf(before), ...Object.fromEntries(said) });
}

// Anybody may have written there.
function entriesOf(text: string | undefined): Readonly<Record<string, string>> {
  try {
    const value: unknown = parseJson(text ?? '');
    if (typeof value !== 'object' || value === null) return {};
    return Object.fromEntries(
      Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    );
  } catch {
    return {};
  }
}
