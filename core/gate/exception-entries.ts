import { dayOf } from '../settings/domain-values.ts';
import { below, type FileNode, itemNodes, statedText } from '../settings/file-node.ts';
import { type Key, mapping, type Shape, valueKey } from '../settings/shape.ts';
import { complain, type Text } from '../settings/value.ts';
import { given } from '../table.ts';
import { whyForEverything } from './everything.ts';
import type { PolicyException } from './policy.ts';

/** The form of `exceptions:`. */
export const exceptionsShape: Shape = {
  kind: 'list',
  items: mapping({
    id: { ...text('Identifier of the vulnerability, such as CVE-2026-1234.'), required: true },
    package: text('Package in which it is accepted; by default every package.'),
    reason: { ...text('Why it is accepted.'), required: true },
    owner: text('Who accepted it.'),
    expires: text('Last day on which it is accepted, as YYYY-MM-DD (UTC).'),
    version: text('Installed version.'),
    path: text("Pattern of the package's path in the image, such as app/**."),
    purl: text('Package URL; a version or qualifiers are compared if given.'),
  }),
};

function text(help: string): Key {
  return valueKey(help, { kind: 'string', from: 'repository' });
}

/** The accepted findings of an `exceptions:` list; throws `config` for one that accepts everything. */
export function readExceptions(list: FileNode | undefined): readonly PolicyException[] {
  return itemNodes(list).map((item) => {
    const exception: PolicyException = {
      id: statedText(below(item, 'id'))?.text ?? '',
      reason: statedText(below(item, 'reason'))?.text ?? '',
      ...given('package', statedText(below(item, 'package'))?.text),
      ...given('version', statedText(below(item, 'version'))?.text),
      ...given('path', statedText(below(item, 'path'))?.text),
      ...given('purl', statedText(below(item, 'purl'))?.text),
      ...given('owner', statedText(below(item, 'owner'))?.text),
      ...given('expires', mapText(statedText(below(item, 'expires')), dayOf)),
    };
    const why = whyForEverything(exception);
    if (why === undefined) return exception;
    const place = statedText(below(item, 'id')) ?? { where: item.file, key: item.key };
    throw complain(place, `accepts everything: ${why}`, 'name one vulnerability, or * with a package, path or purl');
  });
}

function mapText<T>(value: Text | undefined, read: (value: Text) => T): T | undefined {
  return value === undefined ? undefined : read(value);
}
