import type { Leftover } from '../../ports.ts';
import { counted } from '../../text/words.ts';
import { type DoctorFinding, note, warning } from '../check.ts';

/** The temporary folders that killed runs left, which can hold credentials. */
export function leftoverFindings(found: readonly Leftover[]): readonly DoctorFinding[] {
  const dead = found.filter(({ state }) => state === 'dead');
  const unknown = found.filter(({ state }) => state === 'unknown');
  return [
    ...(dead.length === 0
      ? []
      : [warning('temporary folders', leftBy(dead), 'remove them with the command prune; the next run does it too')]),
    ...unknown.map(({ path }) =>
      note('temporary folders', `${path} is of a run in another container or machine; remove it if that is over`),
    ),
  ];
}

function leftBy(dead: readonly Leftover[]): string {
  const [first] = dead;
  const others = dead.length === 1 ? '' : `, such as ${first?.path}`;
  const which = dead.length === 1 ? (first?.path ?? '') : counted(dead.length, 'folder');
  return `${which} left by killed runs${others}, which can hold credentials`;
}
