import * as v from 'valibot';
import { type Confidence, evidenceNames } from '../baseline/evidence.ts';
import type { ImageVerdict } from '../check/checked.ts';
import type { Freshness } from '../check/compare.ts';
import type { BaseImage } from '../dockerfile/base-image.ts';
import type { PinEvidence } from '../rebuild/engine.ts';
import type { SourceEvidence } from '../source/record.ts';
import { continuitySchema } from './continuity.ts';
import { deploymentSchema } from './deployment.ts';
import type { RefreshReport, ReportedImage } from './report.ts';
import { choice, failure, gate, list, policy, scan, text } from './schema-scan.ts';
import { stagesSchema } from './stages.ts';
import type { TrendPoint } from './trend-point.ts';
import { validationSchema } from './validation.ts';

const count = v.pipe(v.number(), v.minValue(0));
const line = v.pipe(v.number(), v.integer(), v.minValue(1));
const timestamp = v.pipe(
  text,
  v.check((input) => !Number.isNaN(Date.parse(input)), 'not a timestamp'),
);

const rateLimit = v.looseObject({
  host: text,
  remaining: count,
  limit: v.exactOptional(count),
  window: v.exactOptional(count),
  slowedMs: count,
});

const evidence = v.picklist(evidenceNames);
const confidence = choice<Confidence>({ high: true, medium: true, low: true });

const base = v.looseObject({
  reference: text,
  raw: text,
  line,
  stage: v.nullable(v.union([text, v.number()])),
  via: v.exactOptional(choice<BaseImage['via']>({ from: true, 'copy-from': true, 'mount-from': true, syntax: true })),
  runtime: v.exactOptional(v.boolean()),
  verdict: choice<Freshness['kind']>({
    current: true,
    'unchanged-for-platforms': true,
    'unchanged-packages': true,
    settling: true,
    stale: true,
    'platform-missing': true,
    unrecorded: true,
    missing: true,
    unknown: true,
  }),
  from: v.nullable(text),
  to: v.nullable(text),
  evidence: v.nullable(evidence),
  confidence: v.nullable(confidence),
  verified: v.exactOptional(v.boolean()),
  disputedBy: v.exactOptional(
    list(v.looseObject({ digest: text, evidence, confidence, verified: v.exactOptional(v.boolean()) })),
  ),
  layersOf: v.exactOptional(text),
  settling: v.exactOptional(v.looseObject({ until: timestamp, missing: list(text) })),
  packages: v.exactOptional(
    v.union([
      v.looseObject({ verdict: v.literal('same'), by: text, count }),
      v.looseObject({ verdict: choice<'different' | 'unknown'>({ different: true, unknown: true }), why: text }),
    ]),
  ),
  moved: v.exactOptional(
    v.looseObject({
      at: timestamp,
      by: choice<'created' | 'ledger'>({ created: true, ledger: true }),
      ageMs: count,
      back: v.exactOptional(v.literal(true)),
    }),
  ),
  platforms: list(v.looseObject({ platform: text, from: v.nullable(text), to: v.nullable(text) })),
  failure: v.nullable(failure),
});

const trendPoint = v.looseObject({
  at: timestamp,
  command: choice<TrendPoint['command']>({ check: true, refresh: true }),
  images: count,
  outcomes: v.record(text, count),
  behindMs: v.nullable(count),
  findings: v.exactOptional(v.record(text, count)),
});

const source = v.looseObject({
  revision: v.nullable(text),
  evidence: v.nullable(choice<SourceEvidence>({ 'own-record': true, provenance: true, annotation: true, label: true })),
  confidence: v.nullable(confidence),
  dirty: v.exactOptional(v.literal(true)),
  disputed: v.exactOptional(list(text)),
  built: v.nullable(v.looseObject({ revision: v.nullable(text), dirty: v.boolean() })),
});

/** The form of one image in report.json. */
export const imageSchema: v.GenericSchema<unknown, ReportedImage> = v.looseObject({
  name: text,
  image: v.nullable(text),
  dockerfile: text,
  owners: v.exactOptional(list(text)),
  verdict: choice<ImageVerdict>({
    current: true,
    unrecorded: true,
    stale: true,
    unknown: true,
    'lacks-platform': true,
  }),
  bases: list(base),
  source: v.exactOptional(source),
  plan: v.nullable(
    v.looseObject({
      action: choice<'rebuild' | 'skip'>({ rebuild: true, skip: true }),
      because: list(text),
      level: count,
      engine: v.exactOptional(v.looseObject({ name: text, why: text })),
      held: v.exactOptional(failure),
      pending: v.exactOptional(v.literal(true)),
    }),
  ),
  build: v.nullable(
    v.looseObject({
      engine: text,
      digest: text,
      candidate: text,
      evidence: choice<PinEvidence>({ 'buildkit-provenance': true, 'pinned-dockerfile': true, layers: true }),
      durationMs: count,
      pinned: list(v.looseObject({ reference: text, digest: text })),
      notes: list(text),
      packages: v.exactOptional(
        v.looseObject({
          platform: text,
          changes: list(v.looseObject({ name: text, from: v.nullable(text), to: v.nullable(text) })),
        }),
      ),
    }),
  ),
  scan: v.nullable(scan),
  gate: v.nullable(gate),
  validation: v.exactOptional(validationSchema),
  continuity: v.exactOptional(continuitySchema),
  held: v.exactOptional(v.looseObject({ because: v.literal('continuity'), remedy: text })),
  promotion: v.nullable(
    v.looseObject({
      digest: text,
      tags: list(v.looseObject({ reference: text, previous: v.nullable(text), rollback: v.exactOptional(text) })),
      referrers: v.exactOptional(count),
    }),
  ),
  candidate: v.exactOptional(
    v.looseObject({
      state: choice<'removed' | 'kept' | 'left' | 'lost'>({ removed: true, kept: true, left: true, lost: true }),
      why: v.exactOptional(text),
    }),
  ),
  signature: v.nullable(v.looseObject({ tool: text, key: v.nullable(text), attestations: list(text) })),
  deployment: v.nullable(deploymentSchema),
  stages: v.exactOptional(stagesSchema),
  failure: v.nullable(failure),
});

/**
 * The form of report.json but for its images; the compiler holds it to the type.
 * Unknown keys are kept, for later minor versions add some.
 */
export const reportSchema: v.GenericSchema<unknown, Omit<RefreshReport, 'images'> & { images: unknown[] }> =
  v.looseObject({
    schemaVersion: v.literal(1),
    tool: v.looseObject({ name: v.literal('base-image-refresh'), version: text }),
    command: choice<RefreshReport['command']>({
      check: true,
      plan: true,
      refresh: true,
      scan: true,
      rebase: true,
      deploy: true,
    }),
    dryRun: v.boolean(),
    run: v.exactOptional(v.looseObject({ id: text, shard: text })),
    startedAt: timestamp,
    finishedAt: timestamp,
    policy,
    objectives: v.exactOptional(
      list(
        v.looseObject({
          objective: text,
          met: v.boolean(),
          of: count,
          within: count,
          beyond: list(v.looseObject({ name: text, behindMs: v.nullable(count) })),
        }),
      ),
    ),
    trend: v.exactOptional(list(trendPoint)),
    images: list(v.unknown()),
    failures: list(failure),
    totals: v.looseObject({
      images: count,
      current: count,
      unrecorded: v.exactOptional(count),
      stale: count,
      unknown: count,
      rebuilt: count,
      promoted: count,
      held: count,
      failed: count,
    }),
    requests: v.looseObject({
      head: count,
      get: count,
      token: count,
      write: count,
      uploadedBytes: count,
      rateLimits: v.exactOptional(list(rateLimit)),
    }),
  });
