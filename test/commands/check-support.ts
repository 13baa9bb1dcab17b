import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkCommand } from '../../core/commands/check.ts';
import { planCommand } from '../../core/commands/plan.ts';
import { loadConfig } from '../../core/config.ts';
import type { World } from '../../core/ports.ts';
import type { RefreshReport, ReportedBase, ReportedImage } from '../../core/report/report.ts';
import { createWorld } from '../../core/world.ts';
import type { TestRegistry } from '../../testing/registry.ts';
import { type RecordingHost, recordingHost } from '../hosts/recording-host.ts';
import { repository } from '../hosts/repository.ts';

export interface Checked {
  /** How the run ended, or the sentence of the error that ended it. */
  readonly ended: string;
  readonly report: RefreshReport;
  readonly image: ReportedImage;
  readonly bases: readonly ReportedBase[];
  /** The result as a person reads it. */
  readonly printed: string;
  readonly logged: RecordingHost['logged'];
  /** Requests to the repositories of the bases. */
  readonly asked: readonly string[];
  /** A saved report. */
  read(name: string): Promise<string>;
}

/** A repository that builds team/web:1 on bases of the registry, and what `check` says of it. */
export interface Shop {
  readonly root: string;
  write(name: string, text: string): void;
  check(inputs?: Readonly<Record<string, string>>, world?: Partial<World>): Promise<Checked>;
  plan(inputs?: Readonly<Record<string, string>>, world?: Partial<World>): Promise<Checked>;
}

/** Makes the repository; `{host}` in its files is the registry. */
export function openShop(server: TestRegistry, files: Readonly<Record<string, string>>): Shop {
  // Images are called by their folder.
  const root = join(repository({ 'web/.keep': '' }), 'web');
  const write = (name: string, text: string) => writeFileSync(join(root, name), text.replaceAll('{host}', server.host));
  for (const [name, text] of Object.entries(files)) write(name, text);
  return {
    root,
    write,
    check: (inputs, world) => ask(server, root, { command: 'check', ...inputs }, world),
    plan: (inputs, world) => ask(server, root, { command: 'plan', ...inputs }, world),
  };
}

async function ask(
  server: TestRegistry,
  root: string,
  inputs: Readonly<Record<string, string>>,
  overrides: Partial<World> = {},
): Promise<Checked> {
  const real = createWorld({ cwd: root });
  const world = { ...real, sleep: async () => {}, ...overrides };
  const printed: string[] = [];
  const image = `${server.host}/team/web:1`;
  const host = {
    ...recordingHost({ image, ...inputs }),
    screen: { columns: 400, colour: false },
    print: (text: string) => void printed.push(text),
  };
  server.forgetRequests();
  const command = inputs.command === 'plan' ? planCommand : checkCommand;
  const ended = await (async () => command(await loadConfig(host, world), host, world))().catch(
    (error: Error) => error.message,
  );
  const asked = server.requests.map(({ method, path }) => `${method} ${path.slice('/v2/'.length)}`);
  const text = await world.files.readText(join(root, '.base-image-refresh/report.json')).catch(() => '{"images":[]}');
  await real.close();
  const report: RefreshReport = JSON.parse(text);
  const [first] = report.images;
  return {
    ended,
    report,
    image: first as ReportedImage,
    bases: first?.bases ?? [],
    printed: printed.join('\n'),
    logged: host.logged,
    asked: asked.filter((line) => line.includes('library/')),
    read: (name) => readFile(join(root, '.base-image-refresh', name), 'utf8'),
  };
}
