import { isAbsolute, resolve } from 'node:path';
import type { Config } from '../config/model.ts';
import { loadPolicyFor } from '../config/per-image.ts';
import type { Build } from '../discover/build.ts';
import { describeFailure, fail } from '../failure.ts';
import { explainFinding } from '../gate/explain.ts';
import { imageFactsOf } from '../gate/rules/facts.ts';
import { describeVerdict, verdictWarnings } from '../gate/verdict.ts';
import { explainGate } from '../gate.ts';
import { parseReference, type Reference } from '../oci/reference.ts';
import type { Conclusion, Host, World } from '../ports.ts';
import { reportedPolicy } from '../refresh/assemble-report.ts';
import { parseReport, serialise } from '../report/json.ts';
import { mergeReports } from '../report/merge.ts';
import type { RefreshReport, ReportedImage } from '../report/report.ts';
import { reportedGate } from '../report/reported-gate.ts';
import { scanOf } from '../report/saved-scan.ts';
import { renderTable } from '../report/table.ts';
import { conclusionOf, totalsOf } from '../report/totals.ts';
import { decodeText } from '../text/decode.ts';

/** `policy-test`: applies the policy of here to what saved reports found, without another scan, and moves nothing. */
export async function policyTestCommand(config: Config, host: Host, world: World): Promise<Conclusion> {
  const reports = await Promise.all(
    config.operands.map(async (file) => {
      const path = isAbsolute(file) ? file : resolve(world.cwd, file);
      return parseReport(decodeText(await world.files.read(path), file), file);
    }),
  );
  const saved = mergeReports(reports);
  const images = await Promise.all(saved.images.map((image) => gated(config, host, world, image)));
  const report: RefreshReport = { ...saved, policy: reportedPolicy(config.gate), images, totals: totalsOf(images) };
  host.print(config.format === 'json' ? serialise(report) : renderTable(report, host.screen));
  const conclusion = conclusionOf({ ...report, failures: [] }, 'never');
  if (conclusion !== 'succeeded' || saved.images.some(({ scan }) => scan !== null)) return conclusion;
  const remedy = 'give it the report of a scan or a refresh';
  const { failure } = fail('scan-failed', config.operands.join(', '), 'holds no scan, so nothing can be said', remedy);
  host.log('error', describeFailure(failure));
  return 'incomplete';
}

async function gated(config: Config, host: Host, world: World, image: ReportedImage): Promise<ReportedImage> {
  const { scan, name } = image;
  // What was held before it could be scanned stays held: by whom its bases are signed no report can say anew.
  if (scan === null) return image.gate?.verdict === 'pass' ? { ...image, gate: null } : image;
  const build = buildOf(image);
  const { policy, notes } = await loadPolicyFor(world, config, build);
  for (const note of notes) host.log('warning', `${name}: ${note}`);
  const known = image.image === null ? {} : imageFactsOf(parseReference(image.image), baseOf(image));
  const { verdict, outcomes } = explainGate(policy, scanOf(scan, name), scan.before, world.now(), known);
  for (const id of config.explain ?? []) {
    for (const line of explainFinding(id, outcomes)) host.log('info', `${name}: ${line}`);
  }
  for (const line of verdictWarnings(verdict)) host.log('warning', `${name}: ${line}`);
  host.log(verdict.kind === 'pass' ? 'info' : 'error', `${name}: ${describeVerdict(verdict)}`);
  return { ...image, gate: reportedGate(verdict) };
}

function baseOf({ bases }: ReportedImage): Reference | undefined {
  const runtime = bases.find((base) => base.runtime === true);
  return runtime === undefined ? undefined : parseReference(runtime.reference);
}

function buildOf({ name, dockerfile, image }: ReportedImage): Build {
  return {
    name,
    dockerfile,
    context: '',
    args: {},
    contexts: {},
    platforms: [],
    releases: image === null ? [] : [parseReference(image)],
    provenance: {},
  };
}
