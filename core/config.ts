import { resolve } from 'node:path';
import { readPolicy, readRun, readSubject } from './config/assemble.ts';
import { readBuildSettings } from './config/build.ts';
import { readDeploy } from './config/deploy.ts';
import { readConfigFile } from './config/file.ts';
import { createSettings } from './config/merged-settings.ts';
import type { Config } from './config/model.ts';
import { findRoot, placeInRepository, type Root } from './config/paths.ts';
import { withPolicies } from './config/policies.ts';
import { readPromotion } from './config/promotion.ts';
import { readPullRequests } from './config/pull-request.ts';
import { readRegistry } from './config/registry.ts';
import { readSigning } from './config/sign.ts';
import { readStaleness } from './config/stale.ts';
import { FailureError, fail } from './failure.ts';
import type { Host, World } from './ports.ts';
import { commandDefinition, readsReports } from './settings/commands.ts';
import { inputLabel } from './settings/input.ts';
import type { Settings } from './settings/settings.ts';
import { complain, type Text } from './settings/value.ts';
import { readUpdate } from './update/read-settings.ts';
import { readTests } from './validate/config.ts';

/** How far the doctor goes; nothing for any other command. */
export function readDoctor(settings: Settings, command: Config['command']): Pick<Config, 'doctor'> {
  if (command !== 'doctor') return {};
  return { doctor: { offline: settings.boolean('offline'), testPush: settings.boolean('test-push') } };
}

/** What the host was given, over .base-image-refresh.yml, over the defaults; throws FailureError `usage` or `config`. */
export async function loadConfig(host: Host, world: World): Promise<Config> {
  try {
    return await assemble(host, world, readConfigFile);
  } catch (thrown) {
    if (!(thrown instanceof FailureError) || host.input('command')?.trim() !== 'doctor') throw thrown;
    // What is wrong with the file is for the doctor to tell; what is wrong without one still ends the run.
    return { ...(await assemble(host, world, async () => undefined)), fault: thrown.failure };
  }
}

async function assemble(host: Host, world: World, readFile: typeof readConfigFile): Promise<Config> {
  const given = createSettings(host, undefined);
  const command: Config['command'] = given.choice('command');
  const operands = readOperands(host, command, given.texts(commandDefinition(command)?.operand?.input ?? 'path'));
  if (readsReports(command)) await refuseMissing(world, operands);
  const root = await rootOf(world, command, operands);
  const own = await readFile(world, root.root, given.text('config'));
  const file = await withPolicies(world, root.root, createSettings(host, own), own);
  const settings = createSettings(host, file);
  return {
    command,
    operands: operands.map(({ text }) => text),
    placeInRepository: await placeInRepository(world, root.root),
    ...readSubject(settings, file, root, command),
    ...readPolicy(settings, file, world, root),
    ...readBuildSettings(settings, world, root.root),
    ...readPromotion(settings),
    ...readDeploy(settings, file, world, root.root),
    tests: readTests(file),
    ...readSigning(settings, file, world),
    ...readPullRequests(host, settings),
    ...readStaleness(settings, world, root.root),
    update: readUpdate(settings, file, (path) => resolve(world.cwd, path)),
    registry: await readRegistry(host, settings, command, world),
    ...readRun(host, settings, command, world),
    ...readDoctor(settings, command),
  };
}

function readOperands(host: Host, command: Config['command'], given: readonly Text[]): readonly Text[] {
  const operand = commandDefinition(command)?.operand ?? null;
  if (operand === null) return [];
  if (operand.count === 'at-most-one') {
    if (given[1] !== undefined) throw complain({ where: given[1].text }, 'is a second path', 'give one folder');
    return given;
  }
  // The default folder is no report file.
  const named = readsReports(command) ? given.filter(({ text }) => text !== '.') : given;
  if (operand.count === 'one' && named[1] !== undefined) {
    throw complain({ where: named[1].text }, 'is a second image', `give one to ${command}`);
  }
  if (named.length > 0 || operand.count === 'any') return named;
  const remedy =
    host.kind === 'cli' ? `write ${command} ${operand.usage}` : `set ${inputLabel(host.kind, operand.input)}`;
  throw fail('usage', command, `no ${operand.input === 'image' ? 'image' : 'file'} was given`, remedy);
}

async function refuseMissing(world: World, files: readonly Text[]): Promise<void> {
  for (const { text } of files) {
    const { kind } = await world.files.stat(resolve(world.cwd, text));
    if (kind !== 'file') throw fail('usage', text, 'there is no such file', 'give a report.json that a run has saved');
  }
}

async function rootOf(world: World, command: Config['command'], operands: readonly Text[]): Promise<Root> {
  const operand = commandDefinition(command)?.operand;
  const isTree = operand?.input === 'path' && operand.count === 'at-most-one';
  return isTree ? findRoot(world, operands[0]?.text ?? '.') : { root: resolve(world.cwd) };
}
