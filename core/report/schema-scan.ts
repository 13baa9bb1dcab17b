import * as v from 'valibot';
import type { FailureCode } from '../failure.ts';
import type { Breach } from '../gate/verdict.ts';
import { mappingOf } from '../json.ts';
import { asDigest, type Digest } from '../oci/digest.ts';
import { type Finding, type Owner, severities } from '../scan/finding.ts';
import { hardeningKinds } from '../scan/hardening-facts.ts';
import { proofs } from '../scan/proof.ts';
import { namesOf } from '../table.ts';

export const text = v.string();

/** An array in a report. */
export function list<T extends v.GenericSchema<unknown, unknown>>(item: T) {
  return v.array(item);
}

/** One of a union of words; the compiler asks for all of them. */
export function choice<T extends string>(words: Readonly<Record<T, true>>) {
  return v.picklist(namesOf<Readonly<Record<T, true>>>(words));
}

const digest = v.custom<Digest>(
  (input) => typeof input === 'string' && asDigest(input) !== undefined,
  'is not a digest',
);

/** The form of a failure. */
export const failure = v.looseObject({
  code: choice<FailureCode>({
    usage: true,
    config: true,
    unauthorised: true,
    forbidden: true,
    'not-found': true,
    'tag-gone': true,
    'rate-limited': true,
    unreachable: true,
    tls: true,
    malformed: true,
    'too-large': true,
    'digest-mismatch': true,
    deadline: true,
    refused: true,
    unsupported: true,
    unreadable: true,
    dockerfile: true,
    cycle: true,
    'missing-tool': true,
    'build-failed': true,
    'unsafe-rebase': true,
    'scan-failed': true,
    'sign-failed': true,
    'deploy-failed': true,
    moved: true,
    'parent-failed': true,
    'platform-absent': true,
    stopped: true,
    'source-unknown': true,
    'base-unknown': true,
    'build-unknown': true,
    internal: true,
  }),
  subject: text,
  detail: text,
  remedy: v.exactOptional(text),
  retryable: v.boolean(),
});

const finding = v.looseObject({
  kind: v.exactOptional(choice<NonNullable<Finding['kind']>>({ secret: true, misconfiguration: true, licence: true })),
  id: text,
  aliases: list(text),
  title: text,
  url: v.exactOptional(text),
  package: v.looseObject({ name: text, purl: v.exactOptional(text), path: v.exactOptional(text) }),
  installed: text,
  fixed: v.exactOptional(v.nullable(text)),
  severity: v.picklist(severities),
  namespace: v.exactOptional(text),
  fixState: v.exactOptional(text),
  score: v.exactOptional(v.pipe(v.number(), v.minValue(0), v.maxValue(10))),
  layer: v.exactOptional(digest),
  owner: choice<Owner>({ base: true, app: true, unknown: true }),
  platforms: list(text),
  parts: v.exactOptional(
    list(
      v.looseObject({
        platforms: list(text),
        purl: v.exactOptional(text),
        within: v.exactOptional(list(text)),
        namespace: v.exactOptional(text),
        fixState: v.exactOptional(text),
      }),
    ),
  ),
  seenBy: v.exactOptional(list(v.looseObject({ scanner: text, severity: v.picklist(severities) }))),
});

const scanner = v.looseObject({
  name: text,
  version: text,
  database: v.nullable(text),
  databaseExpired: v.exactOptional(v.literal(true)),
  binary: v.exactOptional(digest),
});

/** The form of an image's scan. */
const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const hardening = v.looseObject({
  facts: list(
    v.looseObject({
      kind: v.picklist(hardeningKinds),
      files: list(text),
      count,
      platforms: list(text),
    }),
  ),
  sizes: list(v.looseObject({ platform: text, bytes: count, layers: count })),
  slimmer: list(text),
});

export const scan = v.looseObject({
  scanner: v.nullable(scanner),
  scanners: v.exactOptional(list(scanner)),
  digest: v.exactOptional(text),
  platforms: list(text),
  findings: list(finding),
  before: v.exactOptional(list(finding)),
  fixed: list(finding),
  introduced: list(finding),
  unrecognised: v.exactOptional(list(text)),
  endOfLife: v.exactOptional(list(v.looseObject({ distribution: text, platforms: list(text) }))),
  unproven: v.exactOptional(list(v.looseObject({ proof: v.picklist(proofs), detail: text, platforms: list(text) }))),
  hardening: v.exactOptional(hardening),
  reused: v.exactOptional(v.literal(true)),
  failure: v.nullable(failure),
});

/** What somebody attests of a scan, where it has the form in which reports keep one; undefined where it has not. */
export function savedScan(result: unknown): v.InferOutput<typeof scan> | undefined {
  const read = v.safeParse(scan, { ...mappingOf(result), fixed: [], introduced: [], failure: null });
  return read.success ? read.output : undefined;
}

const exception = v.looseObject({
  id: text,
  package: v.exactOptional(text),
  version: v.exactOptional(text),
  path: v.exactOptional(text),
  purl: v.exactOptional(text),
  reason: text,
  owner: v.exactOptional(text),
  expires: v.exactOptional(text),
  source: v.exactOptional(text),
});

/** The form of what a gate asked for. */
export const policy = v.looseObject({
  severityThreshold: text,
  onlyFixable: v.boolean(),
  newOnly: v.boolean(),
  scope: v.exactOptional(v.picklist(['relative', 'absolute'])),
});

/** The form of an image's gate. */
export const gate = v.looseObject({
  verdict: choice<'pass' | 'fail' | 'inconclusive'>({ pass: true, fail: true, inconclusive: true }),
  policy: v.exactOptional(policy),
  breaches: list(
    v.looseObject({
      rule: choice<Breach['rule']>({
        'severity-threshold': true,
        'exception-expired': true,
        'unsigned-base': true,
        hardening: true,
        rule: true,
      }),
      name: v.exactOptional(text),
      finding,
      advice: text,
    }),
  ),
  exceptionsUsed: list(exception),
  exceptionsUnused: list(exception),
  warnings: v.exactOptional(list(text)),
  failure: v.nullable(failure),
});
