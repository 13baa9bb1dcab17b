import type { Config } from '../config.ts';
import { createRun } from '../context.ts';
import { conclusionOf, diagnose } from '../doctor/diagnose.ts';
import { documentOf } from '../doctor/document.ts';
import { patientOf } from '../doctor/examination.ts';
import { renderDiagnoses } from '../doctor/render.ts';
import type { Conclusion, Host, World } from '../ports.ts';

/** `doctor`: what of environment, configuration, repository, registries and workflow files keeps a refresh from its work. */
export async function doctorCommand(config: Config, host: Host, world: World): Promise<Conclusion> {
  const diagnoses = await diagnose(patientOf(createRun(config, host, world)));
  const isJson = config.format === 'json';
  host.print(isJson ? JSON.stringify(documentOf(diagnoses), null, 2) : renderDiagnoses(diagnoses, host.screen));
  return conclusionOf(diagnoses);
}
