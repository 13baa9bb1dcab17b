import { createExpansion, interpolate } from '../interpolate.ts';
import { entriesAt, type ScalarTree, scalarAt } from './tree.ts';
import { contentOf, type ReferenceText, unknownBecause, type WrittenReference } from './written-reference.ts';

/** The images that services of Compose run and do not build. */
export function readComposeServices({ documents, path, variables, built }: ReferenceText): readonly WrittenReference[] {
  const expansion = createExpansion(path);
  return documents.flatMap((document) =>
    [...entriesAt(document, 'services')].flatMap(([name, service]): readonly WrittenReference[] => {
      const image = scalarAt(service, 'image');
      if (image === undefined || image.value === '' || entriesAt(service, 'build').size > 0) return [];
      if (built.has(name) || scalarAt(service, 'build') !== undefined) return [];
      const at = { at: image.span.start, raw: image.value };
      const open = unsetIn(image, variables);
      if (open !== undefined)
        return [{ ...at, ...unknownBecause(`${image.value} has ${open}, which only its user sets`) }];
      const content = contentOf(interpolate(image.value, variables, expansion));
      // `update` edits these whether references are asked for or not.
      return [{ ...at, content, writing: { kind: 'fixed', why: 'is a service of Compose' } }];
    }),
  );
}

function unsetIn({ value }: ScalarTree, variables: ReadonlyMap<string, string>): string | undefined {
  for (const [, bare, braced, more] of value.matchAll(/\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)([^}]?))/g)) {
    const name = bare ?? braced ?? '';
    if (!variables.has(name) && (bare !== undefined || more === '')) return name;
  }
  return undefined;
}
