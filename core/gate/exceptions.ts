import picomatch from 'picomatch';
import type { Finding } from '../scan/finding.ts';
import { namesPackage, parsePurl } from '../scan/purl.ts';
import type { PolicyException } from './policy.ts';

type Criterion = (finding: Finding) => boolean;

/** Whether an exception covers a finding: everything that it says must hold; what it does not say holds. */
export function matcherOf(exception: PolicyException): Criterion {
  const { id, package: name, version, path, purl } = exception;
  const narrowed: readonly Criterion[] = [
    ...(name === undefined ? [] : [(finding: Finding) => finding.package.name === name]),
    ...(version === undefined ? [] : [(finding: Finding) => finding.installed === version]),
    ...(path === undefined ? [] : [byPath(path)]),
    ...(purl === undefined ? [] : [byPurl(purl)]),
  ];
  // An exception for every vulnerability of every package would be no gate.
  if (id === '*' && narrowed.length === 0) return () => false;
  const criteria = id === '*' ? narrowed : [byId(id), ...narrowed];
  return (finding) => criteria.every((holds) => holds(finding));
}

/** Whether an exception's last day is over, in UTC; a day that cannot be read is over. */
export function hasExpired({ expires }: PolicyException, today: Date): boolean {
  if (expires === undefined) return false;
  return !/^\d{4}-\d{2}-\d{2}$/.test(expires) || today.toISOString().slice(0, 10) > expires;
}

function byId(id: string): Criterion {
  const wanted = id.toUpperCase();
  return (finding) => [finding.id, ...finding.aliases].some((name) => name.toUpperCase() === wanted);
}

// Scanners differ in whether a path in an image begins with a slash.
function byPath(glob: string): Criterion {
  const matches = picomatch(glob.replace(/^\/+/, ''), { dot: true });
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
