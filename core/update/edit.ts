import { formatReference } from '../oci/reference.ts';
import { editUse, type SetArgument, type UseEdit, type Wanted } from './edit-use.ts';
import { type EditableRepository, type Use, usesIn } from './repository.ts';

/** How the use of an image came to name another one, or why it did not. */
export type EditedUse =
  | { readonly kind: 'edited'; readonly use: Use; readonly place: UseEdit }
  | { readonly kind: 'refused'; readonly use: Use; readonly why: string };

export interface Edited {
  readonly repository: EditableRepository;
  readonly uses: readonly EditedUse[];
}

/** The repository as it is, by which it is decided what is wanted, and with the edits made so far. */
export interface EditProgress {
  readonly before: EditableRepository;
  readonly from: EditableRepository;
}

/**
 * Makes every use of a wanted reference name the other one. An edit counts only where reading the files again gives
 * exactly what is wanted and leaves every other reference as it was.
 */
export async function applyUpdates(
  { before, from }: EditProgress,
  wanted: Wanted,
  setArgument: SetArgument,
): Promise<Edited> {
  let repository = from;
  const uses: EditedUse[] = [];
  const places = new Map<string, UseEdit>();
  for (const path of before.sources.keys()) {
    const originals = usesIn(before, path) ?? [];
    for (const [index, use] of originals.entries()) {
      const target = wanted.get(formatReference(use.reference));
      if (target === undefined) continue;
      const known = places.get(placeKey(path, index));
      if (known !== undefined) {
        uses.push({ kind: 'edited', use, place: known });
        continue;
      }
      const tried = await editUse({ before, repository, wanted, setArgument }, { path, index, target, originals });
      if (tried.kind === 'refused') {
        uses.push({ kind: 'refused', use, why: tried.why });
        continue;
      }
      repository = tried.repository;
      for (const moved of tried.moved) places.set(placeKey(moved.path, moved.index), tried.place);
      uses.push({ kind: 'edited', use, place: tried.place });
    }
  }
  return { repository, uses };
}

function placeKey(path: string, index: number): string {
  return `${index} ${path}`;
}
