import { planMatrix, rebuilds } from '../plan/matrix.ts';
import type { RefreshPlan } from '../plan/plan.ts';
import type { Conclusion } from '../ports.ts';
import { annotationsOf } from '../report/annotations.ts';
import { deploymentOutcome } from '../report/delivery-words.ts';
import { type ReportFormats, reportFormats } from '../report/formats.ts';
import { serialise } from '../report/json.ts';
import { renderMarkdown } from '../report/markdown.ts';
import type { RefreshReport } from '../report/report.ts';
import { renderTable } from '../report/table.ts';
import { conclusionOf } from '../report/totals.ts';
import { writeReports } from '../report/write.ts';
import { namesOf } from '../table.ts';
import type { Run } from './context.ts';

/** Hands a finished report to everyone who reads one: files, summary, annotations, outputs, the terminal; returns how the run ends. */
export async function deliver(
  run: Run,
  report: RefreshReport,
  plan?: RefreshPlan,
  formats: ReportFormats = reportFormats,
): Promise<Conclusion> {
  const { config, host, world } = run;
  const files = await writeReports(world, report, config.outputDirectory, formats);
  for (const annotation of annotationsOf(report)) host.annotate(annotation);
  await host.summarise(renderMarkdown(report), files.md);
  await host.attach(namesOf(formats).map((name) => ({ path: files[name], mediaType: formats[name].mediaType })));
  for (const [name, value] of Object.entries(outputsOf(run, report, plan))) host.setOutput(name, value);
  for (const name of namesOf(formats)) {
    const { output } = formats[name];
    if (output !== undefined) host.setOutput(output.name, files[name]);
  }
  host.print(printed(run, report, plan));
  return conclusionOf(report, config.failOn);
}

function printed({ config, host }: Run, report: RefreshReport, plan: RefreshPlan | undefined): string {
  if (plan !== undefined && config.matrix !== undefined) return planMatrix(plan, config.matrix);
  return config.format === 'json' ? serialise(report) : renderTable(report, host.screen);
}

function outputsOf(
  { host }: Run,
  report: RefreshReport,
  plan: RefreshPlan | undefined,
): Readonly<Record<string, string>> {
  const stale = report.images.filter((image) => image.verdict === 'stale');
  const due = plan === undefined ? [] : rebuilds(plan);
  return {
    stale:
      stale.length === 0 && report.images.some(({ verdict }) => verdict === 'unrecorded')
        ? 'unknown'
        : String(stale.length > 0),
    'stale-count': String(stale.length),
    // Both hosts start a job for an empty matrix, or fail on it: no work is no matrix.
    matrix: plan === undefined || due.length === 0 ? '' : planMatrix(plan, host.kind === 'azure' ? 'azure' : 'github'),
    refreshed: JSON.stringify(
      report.images.flatMap(({ promotion }) => promotion?.tags.map(({ reference }) => reference) ?? []),
    ),
    images: JSON.stringify(report.images.map(({ name, image, verdict }) => ({ name, image, verdict }))),
    gate: gateOf(report),
    deployment: deploymentOutcome(report),
  };
}

// One word for all images: the worst of them, with "could not tell" worse than "no".
function gateOf(report: RefreshReport): string {
  // Of what was to be gated and never came to it, the verdict is not known either.
  const isGated = report.command !== 'check' && report.command !== 'plan' && !report.dryRun;
  const verdicts = report.images.flatMap(({ gate, failure }) => {
    if (gate !== null) return [gate.verdict];
    return isGated && failure !== null ? ['inconclusive' as const] : [];
  });
  return (['inconclusive', 'fail', 'pass'] as const).find((verdict) => verdicts.includes(verdict)) ?? '';
}
