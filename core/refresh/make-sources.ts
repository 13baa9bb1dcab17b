import { fail } from '../failure.ts';
import { dockerEnvironment } from '../rebuild/buildx/environment.ts';
import { dockerfileOf } from '../rebuild/dockerfile-text.ts';
import type { BuildOrder } from '../rebuild/engine.ts';
import { missingSource } from '../rebuild/missing-sources.ts';
import { exitFailure } from '../text/exit-words.ts';
import type { Run } from './context.ts';

/**
 * Runs the command that makes what the build context lacks, in the folder of the source that is built; throws where it
 * fails, or where COPY would still find nothing. It gets no token or secret of the run.
 */
export async function makeSources(run: Run, order: BuildOrder): Promise<void> {
  const { world, config, host } = run;
  const { build, prepare, root, settings = config.build } = order;
  const [file, ...args] = prepare ?? [];
  if (file === undefined) return;
  const text = await dockerfileOf(world, order);
  const missing = () => missingSource(world, order, text, config.outputDirectory);
  // Another image of the same source may have had it made.
  if ((await missing()) === undefined) return;
  host.log('info', `${build.name}: running ${JSON.stringify(file)} to make what its Dockerfile copies`);
  const exit = await world.exec({
    file,
    args,
    env: dockerEnvironment(world),
    cwd: root,
    timeout: settings.timeout,
    onLine: (line) => host.log('debug', `${build.name}: ${line}`),
  });
  if (exit.kind !== 'exited' || exit.code !== 0) {
    const problem = 'the build context was not prepared';
    throw exitFailure(exit, { code: 'build-failed', subject: build.name, step: file, problem });
  }
  const left = await missing();
  if (left === undefined) return;
  const detail = `${build.dockerfile}:${left.line} copies ${left.source.slice(0, 200)}, which ${JSON.stringify(file)} did not make`;
  throw fail('build-failed', build.name, detail, 'correct the command under prepare of images[].build');
}
