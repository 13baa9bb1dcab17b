import { createHash } from 'node:crypto';
import type { CheckedImage } from '../check/checked.ts';
import { engineFor, loadPolicyFor, sourceFor } from '../config/per-image.ts';
import type { Build } from '../discover/build.ts';
import { attempt, FailureError } from '../failure.ts';
import { introducedAmong } from '../gate/introduced.ts';
import type { GatePolicy } from '../gate/policy.ts';
import { digestOfPolicy } from '../gate/policy-digest.ts';
import { explainGate } from '../gate.ts';
import { canonicalJson } from '../json.ts';
import { withDigest } from '../oci/reference.ts';
import type { FurtherReasons } from '../plan/plan.ts';
import type { RebuildReason } from '../plan/reasons.ts';
import type { RebuildRules } from '../plan/settings.ts';
import type { RegistryRecord } from '../promote/registry-record.ts';
import { dockerfileOf, type PlacedBuild } from '../rebuild/dockerfile-text.ts';
import { type Finding, fixOf, kindOfFinding, type ScanReport, type Severity } from '../scan/finding.ts';
import { atLeast } from '../scan/severity.ts';
import { given } from '../table.ts';
import type { Run } from './context.ts';
import { findPromotion } from './promotion-evidence.ts';
import { scanPublished } from './scan-stage.ts';

/** What calls for a rebuild of each image beside its bases, as far as the run asks for it. */
export async function furtherReasons(
  run: Run,
  images: readonly CheckedImage[],
): Promise<ReadonlyMap<string, FurtherReasons>> {
  const { rebuildRules: rules } = run.config;
  // A leg does what was planned.
  if (rules === undefined || run.leg !== undefined) return new Map();
  const asked = images.filter((image) => isAsked(run, image));
  const found = await Promise.all(asked.map(async (image) => [image.build.name, await reasonsOf(run, rules, image)]));
  return new Map(found as [string, FurtherReasons][]);
}

// A swap of layers installs nothing and reads no description; of what could not be checked the plan says so.
function isAsked({ config, host }: Run, { build, published, failure, verdict }: CheckedImage): boolean {
  if (published === undefined || failure !== undefined || verdict === 'unknown') return false;
  if (engineFor(config, build) !== 'rebase') return true;
  host.log(
    'debug',
    `${build.name}: its layers are swapped, and nothing is built, so it is rebuilt for its bases alone`,
  );
  return false;
}

async function reasonsOf(run: Run, rules: RebuildRules, image: CheckedImage): Promise<FurtherReasons> {
  const found = await attempt(image.build.name, async () => {
    const record = await recordOf(run, image);
    const { policy } = await loadPolicyFor(run.world, run.config, image.build);
    const facts = { run, rules, image, record, policy };
    return (await Promise.all([tooOld(facts), otherBuildFile(facts), otherPolicy(facts), fixable(facts)])).flat();
  });
  if (found.kind === 'failed') return { kind: 'unknown', failure: found.failure };
  return { kind: 'found', reasons: found.value, epoch: epochOf(run, rules, image, found.value) };
}

interface Facts {
  readonly run: Run;
  readonly rules: RebuildRules;
  readonly image: CheckedImage;
  readonly record: RegistryRecord | undefined;
  readonly policy: GatePolicy;
}

type Found = Promise<readonly RebuildReason[]>;

// Who may push to the repository can delay by a record what time would call for; where records are signed, only the signer.
async function recordOf(run: Run, { published }: CheckedImage): Promise<RegistryRecord | undefined> {
  if (published === undefined) return undefined;
  const found = await findPromotion(run, withDigest(published.reference, published.manifest.descriptor.digest));
  return found.kind === 'promoted' ? found.record : undefined;
}

/** When an image was last built and not only had its layers swapped; undefined where nothing says. */
export async function builtAt(
  run: Pick<Run, 'registry'>,
  { published }: CheckedImage,
  record: RegistryRecord | undefined,
): Promise<string | undefined> {
  if (record?.built !== undefined || published === undefined) return record?.built;
  const { reference, manifest } = published;
  const { document } = manifest;
  const [first] = document.kind === 'index' ? document.manifests : [];
  const image = first === undefined ? manifest : await run.registry.manifest(withDigest(reference, first.digest));
  const { created } = await run.registry.config(reference, image);
  const time = Date.parse(created ?? '');
  // A reproducible build has any time that is not its own.
  return time > Date.UTC(2013) ? new Date(time).toISOString() : undefined;
}

const clockSkew = 3_600_000;

async function tooOld({ run, rules: { maxAge }, image, record }: Facts): Found {
  if (maxAge === undefined) return [];
  const built = await builtAt(run, image, record);
  const age = run.world.now().getTime() - Date.parse(built ?? '');
  // What was built in the future was built at an unknown time.
  if (age >= -clockSkew && age <= maxAge.milliseconds) return [];
  return [{ kind: 'too-old', maxAge: maxAge.text, ...(age >= -clockSkew ? given('builtAt', built) : {}) }];
}

async function otherBuildFile({ run, rules, image, record }: Facts): Found {
  // What is released is built from the commit of its release: what the checkout says is no part of it.
  if (!rules.reasons.includes('build-file') || sourceFor(run.config, image.build) !== 'checkout') return [];
  const now = await buildFileDigest(run, { root: run.config.root, build: image.build });
  return record?.buildFile === now ? [] : [{ kind: 'build-file-changed', isRecorded: record?.buildFile !== undefined }];
}

/** What an image is built by, as a hash: its Dockerfile, and the arguments, contexts, target and options that build files state. */
export async function buildFileDigest({ world }: Pick<Run, 'world'>, order: PlacedBuild): Promise<string> {
  const { args, context, contexts, target = null, options: stated = [] } = order.build;
  const options = stated.map(({ name, value }) => [name, value]);
  const dockerfile = await dockerfileOf(world, order);
  return hashed(
    'bir-build-file/1',
    canonicalJson({ dockerfile, args, context, contexts, target, options }, order.root),
  );
}

async function otherPolicy({ rules, record, policy }: Facts): Found {
  if (!rules.reasons.includes('policy') || record?.policy === policyHash(policy)) return [];
  return [{ kind: 'policy-changed', isRecorded: record?.policy !== undefined }];
}

/** The policy that an image is let through by, as a hash; what is attached beside images is no part of it. */
export async function policyDigest(run: Run, build: Build): Promise<string> {
  return policyHash((await loadPolicyFor(run.world, run.config, build)).policy);
}

// Data of exploitation are new every day, and no change of what is asked.
function policyHash({ known: _, ...policy }: GatePolicy): string {
  return digestOfPolicy(policy);
}

// An image whose base has moved is rebuilt, whatever a scan would say.
async function fixable({ run, rules, image, policy }: Facts): Found {
  if (!rules.reasons.includes('fixable') || image.verdict === 'stale' || image.published === undefined) return [];
  const { published, bases } = image;
  const runtime = bases.find(({ base }) => base.runtime);
  const base =
    runtime?.baseline.kind === 'recorded' ? withDigest(runtime.base.reference, runtime.baseline.digest) : undefined;
  const scan = await run.slots.validate(() => scanPublished(run, published, base));
  if (scan.kind === 'failed') throw new FailureError(scan.failure);
  const ids = fixableIn(policy, scan, run.world.now()).map(identity);
  return ids.length === 0 ? [] : [{ kind: 'fixable', ids: [...new Set(ids)], threshold: thresholdOf(policy) }];
}

function thresholdOf({ severityThreshold }: GatePolicy): Severity {
  return severityThreshold === 'none' ? 'high' : severityThreshold;
}

/** Vulnerabilities that count at the threshold and have a fix, in what the base does not bring. */
function fixableIn(policy: GatePolicy, scan: ScanReport, now: Date): readonly Finding[] {
  if (scan.kind === 'failed') return [];
  return explainGate(policy, scan, scan.findings, now)
    .outcomes.filter(({ accepted, decision }) => accepted.length === 0 && decision?.kind !== 'ignore')
    .filter(({ subject }) => atLeast(subject.counted, thresholdOf(policy)))
    .map(({ subject }) => subject.finding)
    .filter((finding) => kindOfFinding(finding) === 'vulnerability' && finding.owner !== 'base')
    .filter((finding) => fixOf(finding).kind === 'version');
}

function identity({ id, package: { name } }: Finding): string {
  return `${id} of ${name}`;
}

/** Which of the fixes a trial build has really taken; undefined where there is nothing to compare it with. */
export function fixedByTrial(
  policy: GatePolicy,
  { before, after }: { readonly before?: ScanReport; readonly after: ScanReport },
  now: Date,
): readonly string[] | undefined {
  if (before?.kind !== 'scanned' || after.kind !== 'scanned') return undefined;
  const gone = introducedAmong(after.findings, fixableIn(policy, before, now));
  return [...new Set([...gone].map(identity))];
}

const week = 7 * 86_400_000;

// The same inputs are built again, but not night after night: what is asked of them, and since when, is part of the key.
function epochOf({ world }: Run, { maxAge }: RebuildRules, image: CheckedImage, reasons: readonly RebuildReason[]) {
  const now = world.now().getTime();
  const parts = reasons.map((reason) => {
    if (reason.kind === 'fixable') return [reason.kind, reason.ids.toSorted(), Math.floor(now / week)];
    if (reason.kind === 'too-old') return [reason.kind, Math.floor(now / (maxAge?.milliseconds ?? week))];
    return [reason.kind];
  });
  return hashed('bir-epoch/1', JSON.stringify([image.published?.manifest.descriptor.digest, parts]));
}

function hashed(form: string, text: string): string {
  return createHash('sha256').update(form).update(text).digest('hex');
}
