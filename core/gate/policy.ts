import type { FindingKind, Severity } from '../scan/finding.ts';
import type { HardeningKind } from '../scan/hardening-facts.ts';
import type { KnownExploitation } from './known-exploitation.ts';
import type { RuleCondition } from './rules/language.ts';
import type { VexPlace } from './vex/place.ts';

/** An accepted finding: who accepted it, why, until when. */
export interface PolicyException {
  /** CVE, GHSA or vendor id; `*` for every vulnerability of the package, path or package URL that it names. */
  readonly id: string;
  /** Package name; every package when absent. */
  readonly package?: string;
  /** Installed version. */
  readonly version?: string;
  /** Glob of the package's path in the image. */
  readonly path?: string;
  /** Package URL; version and qualifiers count where they are given. */
  readonly purl?: string;
  /** Only in packages of the base. */
  readonly of?: 'base';
  /** Only findings of this kind; any, and of `*` only vulnerabilities, when absent. */
  readonly kind?: FindingKind;
  /** Where the scanner has the vulnerability from: "debian:distro:debian:12". */
  readonly namespace?: string;
  /** Only where the scanner says this of a fix: fixed, not-fixed, wont-fix or unknown. */
  readonly fixState?: string;
  /** Kind of package, as Grype names it: deb, npm, go-module. */
  readonly packageType?: string;
  /** Language of the package, as Grype names it. */
  readonly language?: string;
  /** Source package that it was made of. */
  readonly upstream?: string;
  readonly reason: string;
  readonly owner?: string;
  /** Last day (UTC, YYYY-MM-DD) on which it holds. */
  readonly expires?: string;
  /** Where it was read: `.trivyignore:3`; absent for the configuration. */
  readonly source?: string;
  /** Present where the run itself states it: in a policy that it names, or in a configuration of its own. */
  readonly from?: 'run';
}

/** A statement that may be about packages of the image, with what it accepts or takes back. */
export interface VexEntry {
  readonly names: readonly string[];
  readonly place: VexPlace;
  readonly at: number;
  /** What is reported where it covers a finding; absent where it takes back what earlier ones accept. */
  readonly exception?: PolicyException;
  /** Only in packages of the base. */
  readonly of?: 'base';
}

/** What a rule does with what its condition fits. */
export const ruleOutcomes = ['fail', 'warn', 'ignore'] as const;
/** From when on the days of grace are counted. */
export const graceSince = ['fix', 'published', 'first seen'] as const;

/** A rule of the gate: of those of one list, the first whose condition fits decides. */
export interface GateRule {
  readonly name: string;
  readonly when: RuleCondition;
  readonly outcome: (typeof ruleOutcomes)[number];
  /** Days in which it only warns. */
  readonly grace?: { readonly days: number; readonly since: (typeof graceSince)[number] };
  /** In a dry run it only reports what it would do. */
  readonly mode: 'enforce' | 'dry-run';
  /** Last day (UTC, YYYY-MM-DD) of the rule, or of its dry run. */
  readonly until?: string;
  readonly reason?: string;
  readonly owner?: string;
  /** Present where the run itself states it. */
  readonly from?: 'run';
  /** It is what a short setting stands for. */
  readonly isShort?: true;
  /** It stands above a floor that lets it accept nothing. */
  readonly onlyTightens?: true;
}

/** What becomes of findings that are no vulnerabilities, mildest first. */
export const kindGates = ['show', 'fail'] as const;
export type KindGate = (typeof kindGates)[number];

export interface GatePolicy {
  /** With `relative`, only what is new or has a fix fails at the threshold; everything does when absent. */
  readonly scope?: 'relative' | 'absolute';
  /** Rules before those that the other keys stand for. */
  readonly rules?: readonly GateRule[];
  /** Ids of vulnerabilities that always fail. */
  readonly denyIds?: readonly string[];
  /** Names of packages whose findings always fail; `*` stands for any characters but a slash. */
  readonly denyPackages?: readonly string[];
  /** Licences, by name or pattern, that always fail. */
  readonly denyLicences?: readonly string[];
  /** Whether secrets, misconfigurations and licences that a scanner found fail the gate; they are only shown when absent. */
  readonly secrets?: KindGate;
  readonly misconfigurations?: KindGate;
  readonly licences?: KindGate;
  /** What an exception must say beside its reason. */
  readonly exceptionsRequire?: readonly ('owner' | 'expires')[];
  /** The mildest severity that fails the gate; `none` reports only. */
  readonly severityThreshold: Severity | 'none';
  readonly onlyFixable: boolean;
  readonly newOnly: boolean;
  readonly exceptions: readonly PolicyException[];
  /** What a finding of unknown severity counts as; medium when absent. */
  readonly unknownSeverity?: Severity;
  /** Only findings of the app, or only those of the base, can fail the gate; those whose owner is not known always can. */
  readonly owner?: 'any' | 'app' | 'base';
  /** A finding can fail the gate so many days after it became known; at once where that day is not known. */
  readonly graceDays?: number;
  /** The largest number of findings of a severity that may pass, whatever the threshold. */
  readonly maximum?: Readonly<Partial<Record<Severity, number>>>;
  /** The least that a vulnerability known to be exploited counts as; needs `known`. */
  readonly knownExploited?: Severity;
  /** From this probability of exploitation (EPSS, 0–1) on a finding counts as `epssSeverity`; needs `known`. */
  readonly epssThreshold?: number;
  /** Critical when absent. */
  readonly epssSeverity?: Severity;
  /** What a distribution without further security updates counts as; medium when absent. */
  readonly endOfLife?: Severity;
  /** Whether an image in which the scanner recognised no package may pass; it may not when absent. */
  readonly allowUnrecognised?: boolean;
  /** Paths below the repository of .trivyignore, .trivyignore.yaml and .grype.yaml files whose entries are exceptions. */
  readonly ignoreFiles?: readonly string[];
  /** Paths below the repository of OpenVEX, CycloneDX and CSAF documents whose statements are exceptions. */
  readonly vexFiles?: readonly string[];
  /** Whether such documents are also taken from the referrers of the published image and its base. */
  readonly vexReferrers?: boolean;
  /** Whose exceptions count: those of the run alone, or also those of the repository; the repository's too when absent. */
  readonly exceptionsFrom?: 'run' | 'repository';
  /** An exception that the run does not state itself counts only if it ends within so many days. */
  readonly exceptionsLongest?: number;
  /** The worst that a finding may count as for an exception that the run does not state itself to cover it. */
  readonly exceptionsUpTo?: Severity;
  /** RuleFacts of the image itself that fail the gate. */
  readonly refuse?: readonly HardeningKind[];
  /** Path of CISA's catalogue of known exploited vulnerabilities, JSON or CSV. */
  readonly knownExploitedFile?: string;
  /** Path of FIRST's EPSS scores, CSV or gzipped CSV. */
  readonly epssFile?: string;
  /** Days after which what those files say counts as unknown; 30 and 14 when absent. */
  readonly knownExploitedMaxAge?: number;
  readonly epssMaxAge?: number;
  /** What those two files say; `loadPolicy` reads them. */
  readonly known?: KnownExploitation;
  /** What VEX documents say of this image; `loadPolicy` reads them. */
  readonly vex?: readonly VexEntry[];
}
