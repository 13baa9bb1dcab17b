import type { Config } from '../config/model.ts';
import { imageBuildFor } from '../config/per-image.ts';
import { attempt, type Failure, fail } from '../failure.ts';
import type { Host, World } from '../ports.ts';
import type { BuildOrder } from '../rebuild/engine.ts';
import { missingSource } from '../rebuild/missing-sources.ts';
import { inputLabel } from '../settings/input.ts';

/** What to do about sources that the build context lacks. */
export interface LackingSource {
  readonly prepare?: readonly string[];
  readonly failure?: Failure;
}

/** What a build lacks that earlier steps of the pipeline make: the command that makes it here, else why the image is held. */
export async function lackingSource(
  { world, config, host }: { readonly world: World; readonly config: Config; readonly host: Pick<Host, 'kind'> },
  order: BuildOrder,
  dockerfile: string,
): Promise<LackingSource> {
  const { name, dockerfile: path, context } = order.build;
  const found = await attempt(name, () => missingSource(world, order, dockerfile, config.outputDirectory));
  const missing = found.kind === 'done' ? found.value : undefined;
  if (missing === undefined) return {};
  const { source, line, ignored } = missing;
  const { prepare } = imageBuildFor(config, order.build) ?? {};
  if (!ignored && prepare !== undefined && prepare.length > 0) return { prepare };
  const fact = ignored ? `the ignore file leaves out of ${context}` : `is not in ${context}`;
  const detail = `${path}:${line} copies ${source.slice(0, 200)}, which ${fact}`;
  const command = `or name its command under prepare of images[].build, and set ${inputLabel(host.kind, 'allow')} to build-prepare`;
  const remedy = ignored ? 'correct the ignore file' : `run the step that makes it before, ${command}`;
  return { failure: fail('build-unknown', name, detail, remedy).failure };
}
