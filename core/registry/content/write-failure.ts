import { fail } from '../../failure.ts';
import type { Ask, Provenance, Session } from '../auth/session.ts';
import { registryErrors } from '../transport/failures.ts';
import type { WholeReply } from '../transport/transport.ts';

/** The typed failure of a write: a 404 here never means that an image is missing. */
export function writeFailure(session: Session, answer: WholeReply & Provenance, ask: Ask): Error {
  if (answer.status !== 404) return session.failure(answer, ask);
  const { repository, endpoint } = ask.place;
  const codes = registryErrors(answer.bytes).map(({ code }) => code);
  if (codes.includes('NAME_UNKNOWN')) {
    return fail(
      'refused',
      ask.subject,
      `${endpoint.registry} has no repository ${repository}`,
      'create it there first',
    );
  }
  const why = codes.find((code) => code !== '');
  return fail(
    'refused',
    ask.subject,
    `registry answered 404 to a write${why === undefined ? '' : ` (${why})`}`,
    'run again',
  );
}
