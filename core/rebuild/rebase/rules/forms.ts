import type { RebaseEvidence } from '../evidence.ts';
import { readHistory } from '../history.ts';

/** Layers and history that do not belong together, and layers that no engine can unpack. */
export function* boundByForm({ app, share, before, after, own }: RebaseEvidence): Generator<string> {
  const filled = share.history.filter((entry) => entry.empty_layer !== true).length;
  if (filled !== share.layers.length) {
    yield `its history speaks of ${filled} layers of its own, and it has ${share.layers.length}`;
  }
  const below = readHistory(before.parts.config.raw.history);
  if (below.length === 0) {
    const whole = readHistory(app.config.raw.history);
    const lower = whole.slice(0, whole.length - share.history.length);
    if (lower.some(({ step }) => step.kind === 'run')) {
      yield 'the old base has no history, and that of the image does not show which of its layers are its own';
    }
  }
  for (const { number, tree } of own) {
    if (tree.fault !== undefined) yield `layer ${number} cannot be unpacked by any engine: ${tree.fault}`;
  }
  if (after.files.fault !== undefined) yield `the new base cannot be unpacked by any engine: ${after.files.fault}`;
}
