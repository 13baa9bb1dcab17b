import { itemsOf } from '../json.ts';

/** The variables of an image's `config` object by name, in its order (OCI image-spec, config.md); of a name that stands twice the last value counts. */
export function environmentOf({ Env }: Readonly<Record<string, unknown>>): ReadonlyMap<string, string> {
  return new Map(
    itemsOf(Env)
      .filter((entry) => typeof entry === 'string')
      .map((entry) => {
        const at = entry.indexOf('=');
        return at === -1 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)];
      }),
  );
}
