import type { Run } from '../context.ts';
import type { BuiltImage } from '../rebuild/engine.ts';
import type { Validation } from './validation.ts';

/** Tries what the configuration asks of a candidate. */
export async function validate(_run: Run, built: BuiltImage): Promise<Validation> {
  return { kind: 'pass', digest: built.reference.digest, checks: [], changes: [] };
}
