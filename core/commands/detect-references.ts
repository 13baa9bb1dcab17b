import type { Config } from '../config/model.ts';
import { emptiness } from '../discover/emptiness.ts';
import { findReferences } from '../discover/references/find-references.ts';
import type { LocatedReference } from '../discover/references/readers.ts';
import { describeFailure, isUsageFailure } from '../failure.ts';
import { formatReference } from '../oci/reference.ts';
import type { Conclusion, Host, World } from '../ports.ts';
import { type ReferenceDocument, renderReferenceTable } from '../report/reference-table.ts';

/** `detect --references`: the images that files other than Dockerfiles name; no registry is asked. */
export async function detectReferences(config: Config, host: Host, world: World): Promise<Conclusion> {
  const { references, failures: unread, notices } = await findReferences(world, config);
  const wanted = 'no file that names an image';
  const paths = references.map(({ path }) => path);
  const failures = [...unread, ...emptiness({ ...config, include: [] }, paths, unread, wanted)];
  for (const notice of notices) host.log('warning', describeFailure(notice));
  for (const failure of failures) host.log('error', describeFailure(failure));
  const document: ReferenceDocument = { schemaVersion: 1, references: references.map(shownReference) };
  host.print(
    config.format === 'json' ? JSON.stringify(document, null, 2) : renderReferenceTable(document, host.screen),
  );
  if (failures.some(isUsageFailure)) return 'usage-error';
  return failures.length > 0 ? 'incomplete' : 'succeeded';
}

/** What is shown of a reference wherever one is listed. */
export function shownReference({ path, line, kind, raw, content }: LocatedReference) {
  return {
    path,
    line,
    kind,
    raw,
    reference: content.kind === 'known' ? formatReference(content.reference) : null,
    failure: content.kind === 'known' ? null : { detail: content.detail },
  };
}
