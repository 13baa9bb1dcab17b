import { attempt, describeFailure } from '../../failure.ts';
import { digestOf } from '../../oci/digest.ts';
import type { Host } from '../../ports.ts';
import { renderMarkdown } from '../../report/markdown.ts';
import type { RefreshReport } from '../../report/report.ts';
import { safeLink } from '../../text/escape.ts';
import type { CommentPlace } from './comment-place.ts';

/** The comment about a run; `scope` tells runs about different parts of a repository apart. */
export function commentOf(
  report: RefreshReport,
  { longest, folds }: Pick<CommentPlace, 'longest' | 'folds'>,
  scope: string,
  link: string | undefined,
): { readonly mark: string; readonly body: string } {
  const mark = `<!-- base-image-refresh-comment: ${digestOf(JSON.stringify([report.command, scope]))} -->`;
  const run = safeLink(link);
  const end = run === undefined ? '' : `\n[The run](${run})\n`;
  const room = longest - Buffer.byteLength(mark) - Buffer.byteLength(end) - 1;
  return { mark, body: `${mark}\n${renderMarkdown(report, { maxBytes: room, folded: folds })}${end}` };
}

/** Has one comment of a pull request that says what its last run found; what cannot be written is a warning. */
export async function keepComment(
  host: Host,
  place: CommentPlace,
  report: RefreshReport,
  scope: string,
  link: string | undefined,
): Promise<void> {
  const { mark, body } = commentOf(report, place, scope, link);
  const done = await attempt(place.name, async () => {
    const own = await place.find(mark);
    if (own === undefined) await place.create(body);
    else if (own.body !== body) await own.change(body);
  });
  if (done.kind === 'failed') host.log('warning', describeFailure(done.failure));
}
