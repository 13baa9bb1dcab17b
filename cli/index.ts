import module from 'node:module';
import { isAbsolute, join } from 'node:path';
import { version } from '../core/product.ts';
import { parseArguments, type Request } from './args.ts';
import { completionScript } from './completion/completion.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import { helpText, shortHelp } from './help.ts';

async function dispatch(request: Request): Promise<number> {
  switch (request.kind) {
    case 'version':
      process.stdout.write(`${version}\n`);
      return 0;
    case 'help': {
      const text = request.extent === 'full' ? helpText(request.command) : shortHelp(request.command);
      (request.isAsked ? process.stdout : process.stderr).write(text);
      return request.isAsked ? 0 : exitCodes['usage-error'];
    }
    case 'completion':
      process.stdout.write(completionScript(request.shell));
      return 0;
    case 'run': {
      // Loaded only now: help and version need nothing of it.
      keepCompiled(process.env);
      const { start } = await import('./start.ts');
      return start(request);
    }
  }
}

// Node 22.1 and later keep what they compiled for the next start; elsewhere nothing is kept.
function keepCompiled(env: NodeJS.ProcessEnv): void {
  const { XDG_CACHE_HOME, LOCALAPPDATA, HOME = '' } = env;
  // A folder of the user's alone, for what stands in it is run: an empty or relative path would be one of the checkout.
  const caches = [XDG_CACHE_HOME, LOCALAPPDATA, join(HOME, '.cache')].find((path) => isAbsolute(path ?? ''));
  const enable: unknown = Reflect.get(module, 'enableCompileCache');
  if (caches !== undefined && typeof enable === 'function') enable(join(caches, 'base-image-refresh', 'compiled'));
}

async function main(): Promise<void> {
  // A reader that closes the pipe early (head, a pager) is no error of ours.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  try {
    process.exitCode = await dispatch(parseArguments(process.argv.slice(2)));
  } catch (thrown) {
    process.exitCode = exitCodeOf(thrown, process.stderr);
  }
}

void main();
