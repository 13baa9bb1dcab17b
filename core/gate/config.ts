import { severities } from '../scan/finding.ts';
import { hardeningKinds } from '../scan/hardening-facts.ts';
import { below, type FileNode, statedText, statedTexts } from '../settings/file-node.ts';
import { namesFile } from '../settings/named.ts';
import { type Key, type ValueInput, valueKey } from '../settings/shape.ts';
import { choiceOf, complain, invalid, parseBoolean, parseNumber, quoted, type Text } from '../settings/value.ts';
import { defined } from '../table.ts';
import { knownMaxAge } from './known-age.ts';
import { type GatePolicy, kindGates } from './policy.ts';

const anySeverity: ValueInput = { kind: { choice: severities }, from: 'repository' };
const requirable = ['owner', 'expires'] as const;
const owners = ['any', 'app', 'base'] as const;
const exceptionSources = ['run', 'repository'] as const;
const sourceOf = choiceOf(exceptionSources);
const severityOf = choiceOf(severities);
const ownerOf = choiceOf(owners);
const kindGateOf = choiceOf(kindGates);
const days = { minimum: 0, maximum: 3650 };
const count = { minimum: 0, maximum: 100_000 };

function kindKey(help: string): Key {
  return valueKey(help, { kind: { choice: kindGates }, from: 'repository', default: 'show' });
}

/** What `gate:` of the configuration file may say beside what inputs set there. */
export const gateKeys: Readonly<Record<string, Key>> = {
  'unknown-severity': valueKey('Severity to assume for a finding of unknown severity.', {
    ...anySeverity,
    default: 'medium',
  }),
  'allow-unrecognised': valueKey('Let an image pass in which the scanner recognises no package.', {
    kind: 'boolean',
    from: 'repository',
    default: 'false',
  }),
  owner: valueKey('Whose findings can fail the gate. Findings whose owner is not known always can.', {
    kind: { choice: owners },
    from: 'repository',
    default: 'any',
  }),
  'grace-days': valueKey('Days after its publication before a finding counts.', {
    kind: 'number',
    from: 'repository',
    range: days,
    default: '0',
  }),
  maximum: {
    help: 'Most findings of each severity that may pass, whatever the threshold.',
    shape: {
      kind: 'mapping',
      inAnyCase: true,
      keys: Object.fromEntries(
        severities.map((severity) => [
          severity,
          valueKey(`Most findings of severity ${severity}.`, { kind: 'number', from: 'repository', range: count }),
        ]),
      ),
    },
  },
  'known-exploited': valueKey(
    'Lowest severity to assume for a vulnerability that is known to be exploited.',
    anySeverity,
  ),
  'known-exploited-file': valueKey("CISA's catalogue of known exploited vulnerabilities, JSON or CSV.", {
    kind: 'path',
    from: 'repository',
    names: namesFile,
  }),
  'epss-threshold': valueKey('Probability of exploitation, 0 to 1, from which a finding counts as epss-severity.', {
    kind: 'string',
    from: 'repository',
  }),
  'epss-severity': valueKey('Lowest severity to assume for a vulnerability above epss-threshold.', {
    ...anySeverity,
    default: 'critical',
  }),
  'epss-file': valueKey("FIRST's EPSS scores, CSV or gzipped CSV.", {
    kind: 'path',
    from: 'repository',
    names: namesFile,
  }),
  'known-exploited-max-age': valueKey('Days after which the catalogue of known-exploited-file counts as unknown.', {
    kind: 'number',
    from: 'repository',
    range: days,
    default: String(knownMaxAge.knownExploited),
  }),
  'epss-max-age': valueKey('Days after which the scores of epss-file count as unknown.', {
    kind: 'number',
    from: 'repository',
    range: days,
    default: String(knownMaxAge.epss),
  }),
  'end-of-life': valueKey('Severity of a distribution that no longer gets security updates.', {
    ...anySeverity,
    default: 'medium',
  }),
  'ignore-files': valueKey('File such as .trivyignore, .trivyignore.yaml or .grype.yaml whose entries are accepted.', {
    kind: 'list',
    from: 'repository',
    names: namesFile,
  }),
  'vex-files': valueKey('OpenVEX, CycloneDX or CSAF document whose statements are accepted.', {
    kind: 'list',
    from: 'repository',
    names: namesFile,
  }),
  'vex-referrers': valueKey('Also accept VEX documents attached to the published image and its base as referrers.', {
    kind: 'boolean',
    from: 'repository',
    default: 'false',
  }),
  'exceptions-from': valueKey(
    'Whose exceptions count: only those of policies that the run names, or also those of the repository. Under such a policy the default is run.',
    { kind: { choice: exceptionSources }, from: 'repository', default: 'repository' },
  ),
  'exceptions-longest': valueKey('Exceptions of the repository count only if they expire within this many days.', {
    kind: 'number',
    range: days,
    from: 'repository',
  }),
  'exceptions-up-to': valueKey(
    'Worst severity of a finding that an exception of the repository can cover.',
    anySeverity,
  ),
  'exceptions-require': valueKey(
    'What an exception of the repository must say to count, separated by commas: owner, expires.',
    { kind: 'string', from: 'repository' },
  ),
  'deny-ids': valueKey('Vulnerabilities that always fail the gate, by any of their names.', {
    kind: 'list',
    from: 'repository',
  }),
  'deny-licences': valueKey('Licences that always fail the gate where a scanner finds them, by name or pattern.', {
    kind: 'list',
    from: 'repository',
  }),
  secrets: kindKey('Whether secrets that a scanner finds fail the gate, or are only shown.'),
  misconfigurations: kindKey('Whether misconfigurations that a scanner finds fail the gate, or are only shown.'),
  licences: kindKey('Whether licences that a scanner reports fail the gate, or are only shown.'),
  'deny-packages': valueKey('Packages whose findings always fail the gate, by name or pattern.', {
    kind: 'list',
    from: 'repository',
  }),
  refuse: valueKey(`What in the image itself fails the gate, separated by commas: ${hardeningKinds.join(', ')}.`, {
    kind: 'string',
    from: 'repository',
  }),
};

/** Where the values of a gate are found, by the keys of `gateKeys`. */
export interface GateTexts {
  readonly text: (key: string) => Text | undefined;
  readonly texts: (key: string) => readonly Text[];
}

/** What the file says below a node. */
export function gateTextsOf(gate: FileNode | undefined): GateTexts {
  return { text: (name) => statedText(below(gate, name)), texts: (name) => statedTexts(below(gate, name)) };
}

/** Reads what `gateKeys` describe from the file; what it does not say is left out. */
export function readGateKeys(gate: FileNode | undefined): Partial<GatePolicy> {
  return readGateTexts(gateTextsOf(gate));
}

/** Reads what `gateKeys` describe from wherever it is said; what is not is left out. */
export function readGateTexts({ text, texts }: GateTexts): Partial<GatePolicy> {
  const severity = (name: string) => severityOf(text(name));
  const files = (name: string) => {
    const found = texts(name).map((file) => file.text);
    return found.length === 0 ? undefined : found;
  };
  const maximum = severities.flatMap((name) => {
    const most = text(`maximum.${name}`);
    return most === undefined ? [] : [[name, parseNumber(most, count)] as const];
  });
  return defined({
    unknownSeverity: severity('unknown-severity'),
    allowUnrecognised: map(text('allow-unrecognised'), parseBoolean),
    owner: ownerOf(text('owner')),
    graceDays: map(text('grace-days'), (value) => parseNumber(value, days)),
    maximum: maximum.length === 0 ? undefined : Object.fromEntries(maximum),
    knownExploited: severity('known-exploited'),
    knownExploitedFile: text('known-exploited-file')?.text,
    epssThreshold: map(text('epss-threshold'), probabilityOf),
    epssSeverity: severity('epss-severity'),
    epssFile: text('epss-file')?.text,
    knownExploitedMaxAge: map(text('known-exploited-max-age'), (value) => parseNumber(value, days)),
    epssMaxAge: map(text('epss-max-age'), (value) => parseNumber(value, days)),
    endOfLife: severity('end-of-life'),
    ignoreFiles: files('ignore-files'),
    vexFiles: files('vex-files'),
    vexReferrers: map(text('vex-referrers'), parseBoolean),
    exceptionsFrom: sourceOf(text('exceptions-from')),
    exceptionsLongest: map(text('exceptions-longest'), (value) => parseNumber(value, days)),
    exceptionsUpTo: severity('exceptions-up-to'),
    exceptionsRequire: map(text('exceptions-require'), (value) => namesIn(value, requirable)),
    denyIds: files('deny-ids'),
    denyPackages: files('deny-packages'),
    denyLicences: files('deny-licences'),
    secrets: kindGateOf(text('secrets')),
    misconfigurations: kindGateOf(text('misconfigurations')),
    licences: kindGateOf(text('licences')),
    refuse: map(text('refuse'), (value) => namesIn(value, hardeningKinds)),
  });
}

function namesIn<T extends string>(value: Text, known: readonly T[]): readonly T[] {
  const names = value.text.split(',').map((name) => name.trim());
  return names
    .filter((name) => name !== '')
    .map((name) => {
      const found = known.find((one) => one === name.toLowerCase());
      if (found !== undefined) return found;
      throw complain(value, `cannot hold ${quoted(name)}`, `use ${known.join(', ')}`);
    });
}

function probabilityOf(value: Text): number {
  const probability = /^(?:0?\.\d{1,10}|0|1(?:\.0{1,10})?)$/.test(value.text) ? Number(value.text) : Number.NaN;
  if (probability >= 0) return probability;
  throw invalid(value, 'use a probability from 0 to 1, such as 0.1');
}

function map<T>(value: Text | undefined, read: (value: Text) => T): T | undefined {
  return value === undefined ? undefined : read(value);
}
