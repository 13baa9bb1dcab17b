import type { Config } from '../config/model.ts';
import { describeFailure, isUsageFailure } from '../failure.ts';
import type { Conclusion, Host, World } from '../ports.ts';
import { renderDetectTable } from '../report/detect-table.ts';
import { detect } from './detect-document.ts';
import { detectReferences } from './detect-references.ts';

/** `detect`: the base image references of every Dockerfile; no registry is asked. */
export async function detectCommand(config: Config, host: Host, world: World): Promise<Conclusion> {
  if (config.references) return detectReferences(config, host, world);
  const { document, failures, notices, leftOut } = await detect(world, config);
  for (const path of leftOut) host.log('debug', `${path}: is no Dockerfile, and left out.`);
  for (const notice of notices) host.log('warning', describeFailure(notice));
  for (const failure of failures) host.log('error', describeFailure(failure));
  host.print(config.format === 'json' ? JSON.stringify(document, null, 2) : renderDetectTable(document, host.screen));
  const refused = document.dockerfiles.some(({ failure }) => failure !== null);
  if (failures.some(isUsageFailure)) return 'usage-error';
  return refused || failures.length > 0 ? 'incomplete' : 'succeeded';
}
