import type { BuiltSource, SourceRecord } from '../source/record.ts';
import type { ReportedSource } from './report.ts';

/** What a report says of the source of an image; undefined where there is nothing to say. */
export function reportedSource(record?: SourceRecord, built?: BuiltSource): ReportedSource | undefined {
  if (record === undefined && built === undefined) return undefined;
  return {
    ...recordedIn(record),
    built: built === undefined ? null : { revision: built.revision ?? null, dirty: built.dirty },
  };
}

function recordedIn(record?: SourceRecord): Omit<ReportedSource, 'built'> {
  const nothing = { revision: null, evidence: null, confidence: null };
  if (record?.kind === 'disputed') {
    return { ...nothing, disputed: [...new Set(record.statements.map(({ revision }) => revision))] };
  }
  if (record?.kind !== 'recorded') return nothing;
  const { revision, evidence, confidence, dirty } = record;
  return { revision, evidence, confidence, ...(dirty ? { dirty } : {}) };
}
