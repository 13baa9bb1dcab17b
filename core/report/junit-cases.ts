import { describeFailure, type Failure } from '../failure.ts';
import { counted, shortened } from '../text/words.ts';
import { workloadWords } from './delivery-words.ts';
import type { ReportedWorkload } from './deployment.ts';
import { changeWords, severityWords } from './findings.ts';
import { isOutdated } from './outcome.ts';
import type { RefreshReport, ReportedBase, ReportedImage } from './report.ts';
import { scanWords } from './scan-words.ts';
import { baseSentence, evidenceName, familiarName } from './words.ts';

const breachLimit = 500;

/** How one test case ended; `failed` is policy, `error` is what could not be done. */
export type CaseResult =
  | { readonly kind: 'passed'; readonly output?: string }
  | { readonly kind: 'failed' | 'error'; readonly type: string; readonly message: string; readonly body?: string }
  | { readonly kind: 'skipped'; readonly message: string };

export interface Case {
  readonly name: string;
  readonly ending: CaseResult;
  readonly milliseconds?: number;
}

/** What a report says of one image, as test cases. */
export function casesOf(image: ReportedImage, report: RefreshReport): readonly Case[] {
  const cases = [
    ...image.bases.map((base) => baseCase(base, image)),
    ...buildCases(image),
    ...scanCases(image),
    ...gateCases(image),
    ...testCases(image),
    ...promotionCases(image, report),
    ...deploymentCases(image),
  ];
  const isReported = cases.some(({ ending }) => ending.kind === 'error' && ending.message === wordsOf(image.failure));
  return image.failure === null || isReported
    ? cases
    : [...cases, { name: 'finished', ending: errorOf(image.failure) }];
}

function wordsOf(failure: Failure | null): string | undefined {
  return failure === null ? undefined : describeFailure(failure);
}

function errorOf(failure: Failure): CaseResult {
  return { kind: 'error', type: failure.code, message: describeFailure(failure) };
}

/** A failure that belongs to no image, as a test case. */
export function failureCase(failure: Failure): Case {
  return { name: failure.subject, ending: errorOf(failure) };
}

function baseCase(base: ReportedBase, image: ReportedImage): Case {
  const name = `base ${familiarName(base.reference)} (line ${base.line})`;
  const message = baseSentence(base);
  switch (base.verdict) {
    case 'current':
    case 'unchanged-for-platforms':
    case 'unchanged-packages':
      return { name, ending: { kind: 'passed', output: message } };
    case 'stale':
    case 'settling':
    case 'unrecorded':
      if (!isOutdated(image, base)) return { name, ending: { kind: 'passed', output: message } };
      return { name, ending: { kind: 'failed', type: base.verdict, message } };
    case 'missing':
      return { name, ending: { kind: 'passed', output: message } };
    case 'platform-missing':
    case 'unknown':
      return {
        name,
        ending: base.failure === null ? { kind: 'error', type: base.verdict, message } : errorOf(base.failure),
      };
  }
}

function buildCases({ build }: ReportedImage): readonly Case[] {
  if (build === null) return [];
  const output = `${shortened(build.digest)} by ${build.engine}, pins shown by ${evidenceName(build.evidence)}`;
  return [{ name: 'build', ending: { kind: 'passed', output }, milliseconds: build.durationMs }];
}

function scanCases({ scan }: ReportedImage): readonly Case[] {
  if (scan === null) return [];
  if (scan.failure !== null) return [{ name: 'scan', ending: errorOf(scan.failure) }];
  const by = scan.scanner === null ? '' : `, by ${scanWords(scan)}`;
  const output = `${changeWords(scan)} (${severityWords(scan.findings)})${by}`;
  return [{ name: 'scan', ending: { kind: 'passed', output } }];
}

function gateCases({ gate }: ReportedImage): readonly Case[] {
  if (gate === null) return [];
  switch (gate.verdict) {
    case 'pass':
      return [{ name: 'gate', ending: { kind: 'passed' } }];
    case 'inconclusive': {
      const message = wordsOf(gate.failure) ?? 'the gate could not be decided';
      return [{ name: 'gate', ending: { kind: 'error', type: 'inconclusive', message } }];
    }
    case 'fail': {
      const message = `gate failed on ${counted(gate.breaches.length, 'finding')}`;
      const lines = gate.breaches
        .slice(0, breachLimit)
        .map(
          ({ finding, advice }) =>
            `${finding.severity} ${finding.id} ${finding.package.name} ${finding.installed}: ${advice}`,
        );
      const more = gate.breaches.length - lines.length;
      const body = [...lines, ...(more > 0 ? [`and ${more} more in report.json`] : [])].join('\n');
      return [{ name: 'gate', ending: { kind: 'failed', type: 'gate', message, body } }];
    }
  }
}

function testCases({ validation }: ReportedImage): readonly Case[] {
  return (validation?.checks ?? []).map((check) => {
    const { name, platform, verdict, kind, detail = '', failure } = check;
    const title = `test ${name}${platform === undefined ? '' : ` (${platform})`}`;
    if (verdict === 'pass') return { name: title, ending: { kind: 'passed' } };
    if (failure !== undefined) return { name: title, ending: errorOf(failure) };
    return { name: title, ending: { kind: 'failed', type: kind, message: detail } };
  });
}

function promotionCases({ build, promotion, gate }: ReportedImage, { dryRun }: RefreshReport): readonly Case[] {
  if (promotion !== null) {
    const tags = promotion.tags.map(({ reference }) => familiarName(reference)).join(', ');
    return [{ name: 'promotion', ending: { kind: 'passed', output: `${tags} → ${promotion.digest}` } }];
  }
  if (build === null) return [];
  const why = dryRun ? 'dry run' : gate?.verdict === 'pass' ? 'not promoted' : 'the gate did not pass';
  return [{ name: 'promotion', ending: { kind: 'skipped', message: why } }];
}

function deploymentCases({ deployment }: ReportedImage): readonly Case[] {
  return (deployment?.targets ?? []).flatMap(
    ({ name: target, state, workloads, why = '', failure }): readonly Case[] => {
      const name = `deployment to ${target}`;
      if (failure !== undefined) return [{ name, ending: errorOf(failure) }];
      if (state === 'held') return [{ name, ending: { kind: 'skipped', message: why } }];
      return workloads.map((workload) => ({
        name: `${name}: ${workload.kind} ${workload.namespace}/${workload.name}`,
        ending: workloadEnding(workload),
        milliseconds: workload.durationMs,
      }));
    },
  );
}

function workloadEnding(workload: ReportedWorkload): CaseResult {
  const words = workloadWords(workload);
  if (workload.failure !== undefined) return errorOf(workload.failure);
  if (workload.state === 'rolled-back') return { kind: 'error', type: 'deploy-failed', message: words };
  const isOpen = workload.state === 'pending' || workload.state === 'planned';
  return isOpen ? { kind: 'skipped', message: words } : { kind: 'passed', output: words };
}
