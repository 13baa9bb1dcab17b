import { join } from 'node:path';
import type { Config } from '../config/model.ts';
import { diagnosisAnnotations } from '../doctor/annotations.ts';
import type { Diagnosis } from '../doctor/check.ts';
import { diagnose, diagnosisConclusion } from '../doctor/diagnose.ts';
import { documentOf } from '../doctor/document.ts';
import { boundedWorld } from '../doctor/environment/programs.ts';
import { examinationOf } from '../doctor/examination.ts';
import { renderDiagnoses, summaryOf } from '../doctor/render.ts';
import { attempt, describeFailure } from '../failure.ts';
import { mapTexts } from '../masking.ts';
import type { Conclusion, Host, World } from '../ports.ts';
import { createRun } from '../refresh/context.ts';

/** `doctor`: what of environment, configuration, repository, registries and workflow files keeps a refresh from its work. */
export async function doctorCommand(config: Config, host: Host, world: World): Promise<Conclusion> {
  const diagnoses = await diagnose(examinationOf(createRun(config, host, boundedWorld(world))));
  const isJson = config.format === 'json';
  host.print(isJson ? JSON.stringify(documentOf(diagnoses), null, 2) : renderDiagnoses(diagnoses, host.screen));
  // A terminal has shown it all, and a folder of results is not what its user has asked for.
  if (host.kind !== 'cli') await showOnHost(config, host, world, diagnoses);
  return diagnosisConclusion(diagnoses);
}

async function showOnHost(config: Config, host: Host, world: World, diagnoses: readonly Diagnosis[]): Promise<void> {
  for (const annotation of diagnosisAnnotations(diagnoses, config.placeInRepository ?? '')) host.annotate(annotation);
  const summary = summaryOf(mapTexts(diagnoses, (text) => host.masked?.(text) ?? text));
  const path = join(config.outputDirectory, 'doctor.md');
  const saved = await attempt(path, async () => {
    await world.files.write(path, summary);
    await host.summarise(summary, path);
  });
  // That the folder cannot be written is among the findings.
  if (saved.kind === 'failed') host.log('warning', describeFailure(saved.failure));
}
