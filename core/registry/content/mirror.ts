import { type FailureCode, FailureError, fail } from '../../failure.ts';
import type { Repository } from '../../oci/reference.ts';
import { atOrigin, type Context, placeOf } from './context.ts';

/** What a mirror may be unable to do that the registry behind it can; the run's own limits are not among it. */
const mirrorFailures: readonly FailureCode[] = [
  'unauthorised',
  'forbidden',
  'not-found',
  'tag-gone',
  'rate-limited',
  'unreachable',
  'tls',
  'malformed',
  'too-large',
  'digest-mismatch',
  'refused',
];

/** Where a reading goes on when a mirror fails, and what is then reported. */
export interface WayOn {
  readonly context: Context;
  /** What failed there too, reported together with the failure of the mirror. */
  failure(thrown: unknown): unknown;
}

/** The way on after a failed reading at a mirror; undefined where there was none, or the user allows none. */
export function wayOn(context: Context, repository: Repository, thrown: unknown): WayOn | undefined {
  if (context.routes.mirrorFallback !== true || !(thrown instanceof FailureError)) return undefined;
  if (!mirrorFailures.includes(thrown.failure.code)) return undefined;
  const origin = atOrigin(context);
  const [mirror, own] = [placeOf(context, repository), placeOf(origin, repository)];
  if (mirror.endpoint.origin === own.endpoint.origin && mirror.repository === own.repository) return undefined;
  const host = mirror.endpoint.registry;
  const { detail } = thrown.failure;
  context.warn(`${repository.registry}: its mirror ${host} failed (${detail}), so the registry itself is asked.`);
  return {
    context: origin,
    failure: (later) =>
      later instanceof FailureError ? both(later, `the mirror ${host} failed first: ${detail}`) : later,
  };
}

/** Reads at the mirror, or, where that fails and the user allows it, at the registry itself. */
export async function readAnywhere<T>(
  context: Context,
  repository: Repository,
  read: (context: Context) => Promise<T>,
): Promise<T> {
  try {
    return await read(context);
  } catch (thrown) {
    const way = wayOn(context, repository, thrown);
    if (way === undefined) throw thrown;
    try {
      return await read(way.context);
    } catch (later) {
      throw way.failure(later);
    }
  }
}

function both({ failure, cause }: FailureError, earlier: string): FailureError {
  const { code, subject, detail, remedy, retryable } = failure;
  return fail(code, subject, `${detail}; ${earlier}`, remedy, { retryable, cause });
}
