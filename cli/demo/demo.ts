import { resolve } from 'node:path';
import { loadConfig } from '../../core/config.ts';
import { fail } from '../../core/failure.ts';
import { inputsOf } from '../../core/inputs.ts';
import type { Conclusion, Host, World } from '../../core/ports.ts';
import { createRun } from '../../core/refresh/context.ts';
import { deliver } from '../../core/refresh/deliver.ts';
import { refresh } from '../../core/refresh.ts';
import { createRegistry } from '../../core/registry/client.ts';
import { createInk, hanging, heading, type Ink, type StoryPart } from './ink.ts';
import { createQuietHost } from './quiet-host.ts';
import { type DemoScanner, findScanner, scannerLines } from './scanner.ts';
import { type Stage, setStage } from './stage.ts';
import { logLines, opening, publishedPart, upstreamPart, verdictPart } from './story.ts';
import { gatePart, reportsPart, storyClosing, storyEnding, tagsPart } from './story-end.ts';
import { findingsPart } from './story-findings.ts';
import { askTags, releaseTags } from './tags.ts';
import { layerTraffic } from './traffic.ts';

/** Where the demo prints. */
export interface Audience {
  readonly colour: boolean;
  write(text: string): unknown;
}

/** `demo`: the pipeline itself, on a registry, images and a database that it brings along. */
export async function demo(host: Host, world: World, audience: Audience): Promise<Conclusion> {
  refuseOthers(host);
  const stage = await setStage(world);
  try {
    return await play(host, world, audience, stage);
  } finally {
    await stage.registry.close();
  }
}

async function play(host: Host, world: World, audience: Audience, stage: Stage): Promise<Conclusion> {
  const ink = createInk(audience.colour);
  const isJson = host.input('format')?.toLowerCase() === 'json';
  // With JSON the document alone goes to standard output.
  const printer = createPrinter(ink, (line) => (isJson ? host.log('info', line) : audience.write(`${line}\n`)));
  const address = stage.registry.host;
  printer.lines(opening(ink, address));
  const scanner = await findScanner(world, host.input('scanner-path'), (words) =>
    printer.lines(['', ...hanging('', words, ink.dim)]),
  );
  const quiet = createQuietHost(inputsFor(host, world, stage, scanner), (level, message) => {
    if (level !== 'debug' || host.input('verbose') === 'true') printer.lines(logLines(ink, address, level, message));
  });
  const config = await loadConfig(quiet.host, world);
  // Each time a new client: what the registry says now, and not what an earlier answer was.
  const ask = () => askTags(createRegistry(world, config.registry, { secret: () => {} }), address);
  const before = await ask();
  printer.parts(publishedPart(ink, stage, releaseTags(address, before, before)), upstreamPart(ink, stage));
  printer.parts({ title: 'base-image-refresh refresh', lines: scannerLines(ink, scanner) });
  const run = createRun(config, quiet.host, world);
  const report = await refresh(run);
  await deliver(run, report);
  const tags = releaseTags(address, before, await ask());
  const ending = storyEnding(report, tags);
  printer.parts(verdictPart(ink, report), findingsPart(ink, report), gatePart(ink, report), tagsPart(ink, tags));
  printer.parts(reportsPart(ink, report, quiet.files(), layerTraffic(stage.registry)));
  printer.lines(storyClosing(ink, ending));
  if (isJson) host.print(quiet.printed());
  return ending === 'as-expected' || ending === 'dry-run' ? 'succeeded' : 'incomplete';
}

// Numbers the parts as they come.
function createPrinter(ink: Ink, write: (line: string) => unknown) {
  let number = 0;
  const lines = (texts: readonly string[]) => {
    for (const line of texts) write(line);
  };
  const parts = (...all: readonly StoryPart[]) => {
    for (const { title, lines: body } of all.filter((part) => part.lines.length > 0)) {
      number += 1;
      lines([...heading(ink, number, title), ...body]);
    }
  };
  return { lines, parts };
}

function inputsFor(host: Host, world: World, stage: Stage, scanner: DemoScanner): Readonly<Record<string, string>> {
  const passedOn = ['format', 'dry-run', 'concurrency', 'scanner-path'].flatMap((name) => {
    const value = host.input(name);
    return value === undefined ? [] : [[name, value]];
  });
  return {
    ...Object.fromEntries(passedOn),
    command: 'refresh',
    path: stage.root,
    'output-dir': resolve(world.cwd, host.input('output-dir') ?? '.base-image-refresh'),
    'scanner-cache': stage.scannerCache,
    ...(scanner.kind === 'ready' ? { 'scanner-path': scanner.path } : {}),
  };
}

// The demo brings its own repository and registry: an option about either would be passed over in silence.
function refuseOthers(host: Host): void {
  const known = ['command', 'format', 'dry-run', 'concurrency', 'output-dir', 'scanner-path', 'verbose'];
  const other = inputsOf('cli', 'demo').find(({ name }) => !known.includes(name) && host.input(name) !== undefined);
  if (other !== undefined)
    throw fail('usage', `--${other.name}`, 'is not for the demo, which brings its own', 'leave it out');
}
