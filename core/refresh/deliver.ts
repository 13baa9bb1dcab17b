import { fail } from '../failure.ts';
import { mapTexts } from '../masking.ts';
import type { Conclusion } from '../ports.ts';
import { annotationsOf } from '../report/annotations.ts';
import { requestWords, unknownNames } from '../report/check-table.ts';
import { type ReportFormats, reportFormats } from '../report/formats.ts';
import { serialise } from '../report/json.ts';
import { renderMarkdown } from '../report/markdown.ts';
import { objectiveNotices, withObjectives } from '../report/objectives.ts';
import { outputsOf, setOutputs } from '../report/outputs.ts';
import type { RefreshReport } from '../report/report.ts';
import { renderTable } from '../report/table.ts';
import { conclusionOf } from '../report/totals.ts';
import { withTrend } from '../report/trend.ts';
import { writeReports } from '../report/write.ts';
import { quoted } from '../settings/value.ts';
import { given, namesOf } from '../table.ts';
import { listed } from '../text/words.ts';
import type { Run } from './context.ts';
import { notifyOf } from './notify-stage.ts';

/** What a plan leaves to later jobs: outputs, and what is printed in place of the report. */
export interface Work {
  readonly outputs: Readonly<Record<string, string>>;
  readonly printed?: string;
}

/** Hands a finished report to everyone who reads one: files, summary, annotations, outputs, the terminal; returns how the run ends. */
export async function deliver(
  run: Run,
  assembled: RefreshReport,
  work?: Work,
  formats: ReportFormats = reportFormats,
): Promise<Conclusion> {
  const { config, host, world } = run;
  // Of a part of the images nothing is said of all.
  const whole =
    run.leg === undefined
      ? await withTrend(run, withObjectives(assembled, config.objectives), config.historyFile)
      : assembled;
  refuseUnknown(whole, config.explain ?? []);
  const report = mapTexts(whole, (text) => host.masked?.(text) ?? text);
  const files = await writeReports(world, report, config.outputDirectory, formats);
  for (const annotation of annotationsOf(report)) host.annotate(annotation);
  await host.summarise(renderMarkdown(report, { drawn: host.kind === 'github' }), files.md);
  await host.attach(namesOf(formats).map((name) => ({ path: files[name], mediaType: formats[name].mediaType })));
  setOutputs(host, { ...outputsOf(report), ...work?.outputs });
  for (const name of namesOf(formats)) {
    const { output } = formats[name];
    if (output !== undefined) host.setOutput(output.name, files[name]);
  }
  host.log('debug', requestWords(report));
  host.print(printed(run, report, work));
  for (const { level, message } of objectiveNotices(report)) host.log(level, message);
  const conclusion = conclusionOf(report, config.failOn);
  await notifyOf(run, report, conclusion);
  return conclusion;
}

function refuseUnknown(report: RefreshReport, asked: readonly string[]): void {
  const [unknown] = unknownNames(report, asked);
  if (unknown === undefined) return;
  const names = listed(report.images.map(({ name }) => name));
  const remedy = names === '' ? 'leave it out' : `name ${names}`;
  throw fail('usage', '--explain', `there is no image ${quoted(unknown)}`, remedy);
}

function printed({ config, host }: Run, report: RefreshReport, work: Work | undefined): string {
  if (work?.printed !== undefined) return work.printed;
  return config.format === 'json'
    ? serialise(report)
    : renderTable(report, { ...host.screen, ...given('explain', config.explain) });
}
