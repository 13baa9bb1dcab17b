import { annotationKeys } from '../oci/manifest.ts';
import type { Reason } from './difference.ts';
import type { TextMap } from './form.ts';

/** What decides of labels and annotations that differ. */
export interface TextContext {
  /** Labels of the old base and of the new one; absent where they are not known, and for annotations. */
  readonly before?: TextMap;
  readonly after?: TextMap;
  /** Replaces in a text what comes from the old base by what comes from the new one. */
  readonly moved: (text: string) => string;
  /** Whether the source of the candidate states a text itself; absent where that is the commit of the published image. */
  readonly isStated?: (key: string, to: string) => boolean;
  /** The commit that was built, where that is another. */
  readonly revision?: string;
  /** When the candidate was built, as it says itself. */
  readonly created?: string;
}

/** What a text is to be, and why it differs from the published one where it does. */
export interface AssessedText {
  readonly key: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly wanted: string | undefined;
  /** Why what is wanted is not what was published. */
  readonly because?: Reason;
}

const created = 'org.opencontainers.image.created';
const revision = 'org.opencontainers.image.revision';
const ownKeys: ReadonlySet<string> = new Set(Object.values(annotationKeys));
// Of the tool that builds, and so of the candidate's.
const engineKeys: ReadonlySet<string> = new Set(['io.buildah.version']);

/** The labels or annotations that are not as they were, or not as they are to be. */
export function assessTexts(published: TextMap, candidate: TextMap, context: TextContext): readonly AssessedText[] {
  const keys = [...new Set([...Object.keys(published), ...Object.keys(candidate)])].sort();
  return keys.flatMap((key) => {
    const [from, to] = [published[key], candidate[key]];
    const assessed = assessText(key, from, to, context);
    return from === to && assessed.wanted === to ? [] : [{ key, from, to, ...assessed }];
  });
}

type Assessment = Pick<AssessedText, 'wanted' | 'because'>;

function assessText(key: string, from: string | undefined, to: string | undefined, context: TextContext): Assessment {
  const { before, after, isStated } = context;
  if (ownKeys.has(key)) return { wanted: to, because: 'own-record' };
  if (engineKeys.has(key)) return { wanted: to, because: 'build' };
  if (from === undefined)
    return { wanted: to, because: to === after?.[key] ? 'base' : isStated === undefined ? 'build' : 'source' };
  if (key === created) return { wanted: context.created ?? from, because: 'build' };
  if (key === revision && isStated !== undefined && context.revision !== undefined)
    return { wanted: context.revision, because: 'source' };
  // Inherited from the base: it follows the base, which may have dropped it.
  const isInherited = before !== undefined && before[key] === from;
  if (isInherited && to === after?.[key]) return { wanted: to, because: 'base' };
  if (to === undefined || to === from) return { wanted: from };
  if (context.moved(from) === to) return { wanted: to, because: 'base' };
  // Stated by the other source itself; what shines through from the base was covered by the release.
  if (to !== after?.[key] && isStated?.(key, to) === true) return { wanted: to, because: 'source' };
  return { wanted: from };
}
