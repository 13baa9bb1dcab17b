import { append } from '../append.ts';
import type { Finding } from '../scan/finding.ts';
import { namesPackage, parsePurl } from '../scan/purl.ts';
import { anyGlob } from '../text/glob.ts';
import type { PolicyException } from './policy.ts';

type Criterion = (finding: Finding) => boolean;

/** The exceptions that cover a finding. Made once for many findings: exceptions are looked up by id. */
export function coveringFrom(exceptions: readonly PolicyException[]): (finding: Finding) => readonly PolicyException[] {
  const byId = new Map<string, { readonly exception: PolicyException; readonly fits: Criterion }[]>();
  for (const exception of exceptions) {
    const id = exception.id.toUpperCase();
    append(byId, id, { exception, fits: criterionOf(exception) });
  }
  return (finding) =>
    [finding.id, ...finding.aliases, '*']
      .flatMap((id) => byId.get(id.toUpperCase()) ?? [])
      .filter(({ fits }) => fits(finding))
      .map(({ exception }) => exception);
}

// Beside the id: everything that an exception says must hold; what it does not say holds.
function criterionOf({ id, package: name, version, path, purl, of }: PolicyException): Criterion {
  const narrowed: readonly Criterion[] = [
    ...(name === undefined ? [] : [(finding: Finding) => finding.package.name === name]),
    ...(version === undefined ? [] : [(finding: Finding) => finding.installed === version]),
    ...(path === undefined ? [] : [byPath(path)]),
    ...(purl === undefined ? [] : [byPurl(purl)]),
    ...(of === undefined ? [] : [({ owner }: Finding) => owner === of]),
  ];
  // An exception for every vulnerability of every package would be no gate.
  if (id === '*' && narrowed.length === 0) return () => false;
  return (finding) => narrowed.every((holds) => holds(finding));
}

/** Whether an exception's last day is over, in UTC; a day that cannot be read is over. */
export function hasExpired({ expires }: PolicyException, today: Date): boolean {
  if (expires === undefined) return false;
  return !/^\d{4}-\d{2}-\d{2}$/.test(expires) || today.toISOString().slice(0, 10) > expires;
}

// Scanners differ in whether a path in an image begins with a slash.
function byPath(glob: string): Criterion {
  const matches = anyGlob([glob.replace(/^\/+/, '')]);
  return ({ package: { path } }) => path !== undefined && matches(path.replace(/^\/+/, ''));
}

function byPurl(text: string): Criterion {
  const pattern = parsePurl(text);
  if (pattern === undefined) return () => false;
  return ({ package: { purl } }) => {
    const found = purl === undefined ? undefined : parsePurl(purl);
    return found !== undefined && namesPackage(pattern, found);
  };
}
