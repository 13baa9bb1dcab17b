import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Host } from '../../core/ports.ts';
import { warmProcesses } from './again.ts';
import type { Call } from './driver.ts';
import type { HostEnvironment } from './environment.ts';
import { type Ended, runProcess } from './run.ts';

/** Bundles the driver once for a test file; `close` removes it. */
export async function bundleDriver(): Promise<{
  run(kind: Host['kind'], environment: HostEnvironment, calls: readonly Call[]): Promise<Ended & { answers: Answers }>;
  close(): Promise<void>;
}> {
  const folder = mkdtempSync(join(tmpdir(), 'bir-driver-'));
  const outfile = join(folder, 'driver.cjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'driver.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
  });
  const processes = warmProcesses();
  const main = join(folder, 'main.cjs');
  writeFileSync(
    main,
    `const { drive } = require('./driver.cjs');\ndrive(JSON.parse(require('node:fs').readFileSync(process.argv[2], 'utf8')), process.argv[3]);\n`,
  );
  return {
    run: async (kind, environment, calls) => {
      const [asked, answered] = [join(environment.folder, 'calls.json'), join(environment.folder, 'answers.json')];
      writeFileSync(asked, JSON.stringify(calls));
      const env = { ...environment.env, HOST_KIND: kind };
      const options = { env, cwd: environment.folder };
      // Azure's own library reads the environment once, when it is loaded.
      const ended = await (kind === 'azure'
        ? runProcess(process.execPath, [main, asked, answered], options)
        : processes.run(main, [asked, answered], options));
      return { ...ended, answers: JSON.parse(readFileSync(answered, 'utf8')) };
    },
    close: async () => {
      await processes.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Answers {
  readonly kind: Host['kind'];
  readonly inputs: Readonly<Record<string, string | undefined>>;
  readonly env: Readonly<Record<string, string>>;
}
