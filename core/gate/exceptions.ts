import type { PackageURL } from 'packageurl-js';
import { type Finding, fixOf, kindOfFinding, type Severity } from '../scan/finding.ts';
import { ecosystemOf, namesPackage, parsePurl, sourcePackageOf } from '../scan/purl.ts';
import { atLeast } from '../scan/severity.ts';
import { given } from '../table.ts';
import { anyGlob } from '../text/glob.ts';
import { whyForEverything } from './everything.ts';
import { type Criterion, indexExceptions } from './exception-index.ts';
import type { GatePolicy, GateRule, PolicyException } from './policy.ts';

/** The exceptions that cover a finding. Made once for many findings: exceptions are looked up. */
export function coveringFrom(exceptions: readonly PolicyException[]): (finding: Finding) => readonly PolicyException[] {
  return indexExceptions(exceptions, criterionOf);
}

// Beside the id: everything that an exception says must hold; what it does not say holds.
function criterionOf(exception: PolicyException): Criterion {
  const { package: name, version, path, purl, of } = exception;
  const narrowed: readonly Criterion[] = [
    ...(name === undefined ? [] : [(finding: Finding) => finding.package.name === name]),
    ...(version === undefined ? [] : [(finding: Finding) => finding.installed === version]),
    ...(path === undefined ? [] : [byPath(path)]),
    ...(purl === undefined ? [] : [byPurl(purl)]),
    ...(of === undefined ? [] : [({ owner }: Finding) => owner === of]),
    ...ofTools(exception),
  ];
  // An exception for every vulnerability of every package would be no gate.
  if (whyForEverything(exception) !== undefined) return () => false;
  return (finding) => narrowed.every((holds) => holds(finding));
}

/** Whether an exception's last day is over, in UTC; a day that cannot be read is over. */
export function hasExpired({ expires }: PolicyException, today: Date): boolean {
  if (expires === undefined) return false;
  return !/^\d{4}-\d{2}-\d{2}$/.test(expires) || today.toISOString().slice(0, 10) > expires;
}

/** Whether an exception ends as soon as policy wants of those that the run does not state itself. */
export function endsInTime(
  { from, expires }: PolicyException,
  { exceptionsLongest }: GatePolicy,
  today: Date,
): boolean {
  if (from === 'run' || exceptionsLongest === undefined) return true;
  const last = new Date(today.getTime() + exceptionsLongest * 24 * 3_600_000);
  return expires !== undefined && expires <= last.toISOString().slice(0, 10);
}

/** Whether an exception may cover a finding that counts as so severe. */
export function mayCover({ from }: PolicyException, { exceptionsUpTo }: GatePolicy, counted: Severity): boolean {
  return (
    from === 'run' || exceptionsUpTo === undefined || counted === exceptionsUpTo || !atLeast(counted, exceptionsUpTo)
  );
}

// Criteria of ignore files; a finding whose scanner does not say what one asks for does not fit it.
function ofTools(exception: PolicyException): readonly Criterion[] {
  const { id, namespace, fixState, packageType, language, upstream } = exception;
  const kind = exception.kind ?? (id.trim() === '*' ? 'vulnerability' : undefined);
  return [
    ...(kind === undefined ? [] : [(finding: Finding) => kindOfFinding(finding) === kind]),
    ...(namespace === undefined ? [] : [(finding: Finding) => finding.namespace === namespace]),
    ...(fixState === undefined ? [] : [(finding: Finding) => fixStateOf(finding) === fixState]),
    ...(packageType === undefined ? [] : [byPackageUrl((purl) => ecosystemOf(purl).type === packageType)]),
    ...(language === undefined ? [] : [byPackageUrl((purl) => ecosystemOf(purl).language === language)]),
    ...(upstream === undefined ? [] : [byPackageUrl((purl) => sourcePackageOf(purl) === upstream)]),
  ];
}

function byPackageUrl(fits: (purl: PackageURL) => boolean): Criterion {
  return ({ package: { purl } }) => {
    const parsed = parsePurl(purl ?? '');
    return parsed !== undefined && fits(parsed);
  };
}

function fixStateOf(finding: Finding): string | undefined {
  return finding.fixState ?? (fixOf(finding).kind === 'version' ? 'fixed' : undefined);
}

/** Whether an exception says what policy wants of those that the run does not state itself. */
export function saysWhatIsRequired(exception: PolicyException, { exceptionsRequire = [] }: GatePolicy): boolean {
  return exception.from === 'run' || exceptionsRequire.every((key) => exception[key] !== undefined);
}

/** Whether a rule may accept what counts as so severe: one of the run may, and others as far as exceptions may. */
export function mayLoosen(policy: GatePolicy, counted: Severity, today: Date): (rule: GateRule) => boolean {
  return ({ from, isShort, onlyTightens, mode, until, owner }) => {
    if (from === 'run' || isShort === true) return true;
    // After its dry run a rule counts for ever.
    const expires = mode === 'enforce' ? until : undefined;
    const asException = { id: '', reason: '', ...given('expires', expires), ...given('owner', owner) };
    return (
      onlyTightens !== true &&
      endsInTime(asException, policy, today) &&
      saysWhatIsRequired(asException, policy) &&
      mayCover(asException, policy, counted)
    );
  };
}

// Scanners differ in whether a path in an image begins with a slash.
function byPath(glob: string): Criterion {
  const matches = anyGlob([glob.replace(/^\/+/, '')]);
  // Most paths lack what a pattern has, which is seen at once.
  const part = literalIn(glob);
  return ({ package: { path } }) =>
    path?.includes(part) === true && matches(path.startsWith('/') ? path.replace(/^\/+/, '') : path);
}

function literalIn(glob: string): string {
  if (/^!|[{}\\[\]]/.test(glob)) return '';
  return glob.split(/[*?/]/).reduce((longest, part) => (part.length > longest.length ? part : longest), '');
}

function byPurl(text: string): Criterion {
  const pattern = parsePurl(text);
  if (pattern === undefined) return () => false;
  return ({ package: { purl } }) => {
    const found = purl === undefined ? undefined : parsePurl(purl);
    return found !== undefined && namesPackage(pattern, found);
  };
}
