import type { Reference } from '../oci/reference.ts';
import { referenceOf } from '../settings/domain-values.ts';
import { complain, quoted, type Text } from '../settings/value.ts';

/** `--image`: references under their names, a bare one under the empty name. */
export function readImageInputs(values: readonly Text[]): Readonly<Record<string, Reference>> {
  const found = new Map<string, Reference>();
  for (const value of values) {
    const at = value.text.indexOf('=');
    const name = at < 0 ? '' : value.text.slice(0, at);
    if (found.has(name)) {
      const what = name === '' ? 'gives two images without a name' : `gives two images for ${quoted(name)}`;
      throw complain(value, what, 'write NAME=REFERENCE, once for each image');
    }
    found.set(name, referenceOf({ ...value, text: value.text.slice(at + 1) }));
  }
  return Object.fromEntries(found);
}
