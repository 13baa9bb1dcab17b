import { readAttached } from '../baseline/attached-documents.ts';
import { attempt, describeFailure } from '../failure.ts';
import type { GatePolicy } from '../gate/policy.ts';
import { digestOfPolicy } from '../gate/policy-digest.ts';
import type { Verdict } from '../gate/verdict.ts';
import type { Digest } from '../oci/digest.ts';
import { familiar, type Reference } from '../oci/reference.ts';
import type { ScanReport } from '../scan/finding.ts';
import { ruleFor } from '../sign/rules.ts';
import { signedStatements } from '../sign/verifier.ts';
import type { Run } from './context.ts';
import { signingContext } from './sign-stage.ts';
import { isOfVerdict, scannedWith, standingScan, type WantedVerdict } from './standing-verdict.ts';

type Exact = Reference & { readonly digest: Digest };

/**
 * The scan of an image whose signed verdict stands, where the run wants such verdicts to and its own rules say who may have
 * signed them. Undefined where none does, which is no failure: the image is scanned then.
 */
export async function reusableScan(
  run: Run,
  image: Exact,
  policy: GatePolicy,
  base: Exact | undefined,
): Promise<ScanReport | undefined> {
  const { config, host, world } = run;
  const { verdictMaxAge, trustVerdicts = [] } = config;
  const rule = ruleFor(trustVerdicts, image);
  if (verdictMaxAge === undefined || rule === undefined) return undefined;
  const name = familiar(image);
  const { databaseMaxAge = Infinity } = config.scanner;
  const wanted: WantedVerdict = {
    image: image.digest,
    policy: digestOfPolicy(policy),
    scanned: scannedWith(config, base),
    now: world.now(),
    maxAge: Math.min(verdictMaxAge, databaseMaxAge * day),
  };
  const read = await attempt(name, async () => {
    const { documents } = await readAttached(run.registry, image, image.digest);
    const ofUse = documents.filter(({ document }) => isOfVerdict(document));
    // What is not signed need not be verified where it would not stand anyway.
    if (standingScan(statementsIn(ofUse), wanted) === undefined) return undefined;
    const signed = await signedStatements(signingContext(run), rule.signer, image, ofUse);
    return standingScan(statementsIn(signed), wanted);
  });
  if (read.kind === 'failed') {
    host.log('warning', `${name}: scanned, for its verdict cannot be looked up: ${describeFailure(read.failure)}`);
    return undefined;
  }
  if (read.value?.kind !== 'scanned') return undefined;
  const { scanner } = read.value;
  const fact = `signed as verify-attestations ${rule.match} says, stands on a database of ${scanner.database}`;
  host.log('info', `${name}: not scanned again: the verdict on it, ${fact}`);
  return read.value;
}

/** What a gate decides on a scan that stands, or on a new one where none does or where it passes no longer: a day may have ended it. */
export async function gatedOnce<T extends { readonly verdict: Verdict }>(
  standing: () => Promise<ScanReport | undefined>,
  scan: () => Promise<ScanReport>,
  gate: (report: ScanReport) => Promise<T>,
): Promise<T> {
  const known = await standing();
  const decided = known === undefined ? undefined : await gate(known);
  return decided?.verdict.kind === 'pass' ? decided : gate(await scan());
}

const day = 24 * 3_600_000;

function statementsIn(documents: readonly { readonly document: unknown }[]): readonly unknown[] {
  return documents.map(({ document }) => document);
}
