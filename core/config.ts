import { relative, resolve } from 'node:path';
import { readAdmission } from './admission/read-settings.ts';
import { readStaleness } from './check/read-settings.ts';
import { readGates, readRun, readSubject } from './config/assemble.ts';
import { onPolicyGround } from './config/base-branch.ts';
import { readConfigFile } from './config/file.ts';
import { configShape } from './config/file-shape.ts';
import { readFleet } from './config/fleet.ts';
import { underInputs } from './config/images.ts';
import { readLayerCache } from './config/layer-cache.ts';
import type { Config } from './config/model.ts';
import { findRoot, placeInRepository, type RunRoot } from './config/paths.ts';
import { permissionNames } from './config/permissions.ts';
import { withPolicies } from './config/policies.ts';
import { readEvent } from './config/read-event.ts';
import { readOwnStatements } from './config/subject-at.ts';
import { verdictTrust } from './config/verdict-trust.ts';
import { readContinuity } from './continuity/read-settings.ts';
import { readDeploy } from './deploy/read-settings.ts';
import { readImageInputs } from './discover/image-inputs.ts';
import { isImageOperand } from './discover/listed-images.ts';
import { FailureError, fail } from './failure.ts';
import type { doctorInputs } from './inputs/doctor.ts';
import { inputsOf, namedInputs } from './inputs.ts';
import { readForgeWork } from './notify/forge-settings.ts';
import { readNotify } from './notify/settings.ts';
import { readTelemetry } from './notify/telemetry-settings.ts';
import type { Reference } from './oci/reference.ts';
import { readRebuildRules } from './plan/settings.ts';
import type { Host, World } from './ports.ts';
import { readPromotion } from './promote/read-settings.ts';
import { readPullRequests } from './pull-request/read-settings.ts';
import { readBuildSettings, readRebaseSettings } from './rebuild/read-settings.ts';
import { readRegistrySettings } from './registry/read-settings.ts';
import { readScannerSettings } from './scan/read-settings.ts';
import { commandDefinition, readsReports, takesImages } from './settings/commands.ts';
import { createSettings } from './settings/create-settings.ts';
import { referenceOf } from './settings/domain-values.ts';
import type { FileNode } from './settings/file-node.ts';
import { inputLabel } from './settings/input.ts';
import { readPermissions } from './settings/permissions.ts';
import type { Settings } from './settings/settings.ts';
import { complain, type Text } from './settings/value.ts';
import { refuseWithoutEffect } from './settings/without-effect.ts';
import { readSigning } from './sign/read-settings.ts';
import { given as present } from './table.ts';
import { readUpdate } from './update/read-settings.ts';
import { readTests } from './validate/config.ts';

/** What the host was given, over .base-image-refresh.yml, over the defaults; throws FailureError `usage` or `config`. */
export async function loadConfig(host: Host, world: World): Promise<Config> {
  try {
    return await assemble(host, world, readConfigFile);
  } catch (thrown) {
    if (!(thrown instanceof FailureError) || host.input('command')?.trim().toLowerCase() !== 'doctor') throw thrown;
    // What is wrong with the file is for the doctor to tell; what is wrong without one still ends the run.
    return {
      ...(await assemble(host, world, async () => ({ file: undefined }))),
      faults: [thrown.failure, ...thrown.others],
    };
  }
}

async function assemble(host: Host, world: World, readFile: typeof readConfigFile): Promise<Config> {
  const given = createSettings(host, undefined, namedInputs);
  const command: Config['command'] = given.choice('command');
  refuseWithoutEffect(host, inputsOf(host.kind), command);
  const isAboutFiles = given.boolean('references');
  const operands = readOperands(
    host,
    command,
    isAboutFiles,
    given.texts(commandDefinition(command)?.operand?.input ?? 'path'),
  );
  // A report looks for what folders and patterns name itself.
  if (readsReports(command) && command !== 'report') await refuseMissing(world, operands);
  const root = await rootOf(world, command, operands);
  const permissions = readPermissions(given.texts('allow'), permissionNames(configShape()));
  const event = await readEvent(host, world, root.root, command, given);
  const policyWorld = onPolicyGround(world, event.policyGround);
  const named = given.text('config');
  const own = await readFile(policyWorld, { world, host: host.kind, root: root.root, permissions }, named);
  const layered = await withPolicies({ ...own, world: policyWorld, root: root.root }, given, own.file);
  const settings = createSettings(host, layered.file, namedInputs);
  const isOfRequest = event.pullRequest !== undefined;
  const stages = await readStages({ host, world, root, command, operands, settings, file: layered.file, isOfRequest });
  const images = stages.images.map((entry) => underInputs(given, entry));
  const isOfRun = own.file !== undefined && own.jurisdiction === undefined;
  const gates = readGates(settings, layered, isOfRun, images, { cwd: world.cwd, root: root.root });
  const tagsOfRepository = given.given('tags') === undefined && !isOfRun;
  const trustVerdicts = await verdictTrust(world, root.root, [layered.floor, isOfRun ? own.file : undefined]);
  const config = {
    ...stages,
    ...event,
    ...gates,
    permissions,
    ...present('isPart', (['include', 'exclude'] as const).some((name) => given.given(name)) || undefined),
    ...present('configuredBy', named === undefined ? undefined : relative(root.root, resolve(world.cwd, named.text))),
    ...(isOfRun ? {} : { stated: readOwnStatements(given, { root: root.root, cwd: world.cwd }) }),
    tagsOfRepository,
    trustVerdicts,
    notices: [...event.notices, ...gates.notices],
  };
  return event.pullRequest === undefined || event.pullRequest.mayWrite ? config : withoutWriting(config);
}

// A pull request is proposed nothing, and no branch is asked for.
function withoutWriting({ pullRequests: _, ...config }: Config): Config {
  const doctor = config.doctor === undefined ? {} : { doctor: { ...config.doctor, testPush: false } };
  return { ...config, dryRun: true, ...doctor };
}

function forgeOfTargets(host: Host, settings: Settings<typeof namedInputs>): Pick<Config['deploy'], 'forge'> {
  const [repository, token] = [settings.text('repository'), settings.text('repository-token')];
  if (token !== undefined) host.secret(token.text);
  if (repository === undefined && token === undefined) return {};
  return { forge: { ...present('repository', repository?.text), ...present('token', token?.text) } };
}

/** What a configuration is put together from, once it is known which file says what. */
interface Sources {
  readonly host: Host;
  readonly world: World;
  readonly root: RunRoot;
  readonly command: Config['command'];
  readonly operands: readonly Text[];
  readonly settings: Settings<typeof namedInputs>;
  readonly file: FileNode | undefined;
  readonly isOfRequest: boolean;
}

type Stages = Omit<Config, 'gate'>;

async function readStages(sources: Sources): Promise<Stages> {
  const { host, world, root, command, operands, settings, file, isOfRequest } = sources;
  return {
    command,
    operands: operands.map(({ text }) => text),
    placeInRepository: await placeInRepository(world, root.root),
    ...readSubject(settings, file, root, command),
    references: settings.boolean('references'),
    hardening: settings.boolean('hardening'),
    engine: settings.choice('engine'),
    source: settings.choice('source'),
    continuity: readContinuity(settings),
    rebase: readRebaseSettings(settings),
    scanner: readScannerSettings(settings, file, world, {
      azureToken: settings.text('azure-token')?.text,
      installsAbsent: host.kind !== 'cli',
    }),
    build: readBuildSettings(settings, world, root.root),
    promotion: readPromotion(settings),
    deploy: { ...readDeploy(settings, file, world, root.root), ...forgeOfTargets(host, settings) },
    admission: readAdmission(settings, world),
    tests: readTests(file),
    ...readSigning(settings, file, world),
    ...readPullRequests(host, settings, settings),
    ...readNotify(host, settings),
    ...readTelemetry(host, settings, world, command),
    ...readForgeWork(host, settings),
    ...readStaleness(settings, world, root.root),
    ...present('rebuildRules', readRebuildRules(settings)),
    update: readUpdate(settings, file, (path) => resolve(world.cwd, path)),
    registry: {
      ...(await readRegistrySettings(host, settings, world, {
        images: publishedImages(settings.texts('image'), command),
        outputDirectory: resolve(world.cwd, settings.text('output-dir')?.text ?? ''),
      })),
      ...(await readLayerCache(settings, world, { root: root.root, isOfRequest })),
    },
    ...readRun(host, settings, command, world),
    fleet: readFleet(host.kind, settings, world, command),
    ...readDoctor(settings, command),
    ...(settings.text('host') === undefined ? {} : { ciHost: settings.choice('host') }),
  };
}

/** How far the doctor goes; nothing for any other command. */
function readDoctor(settings: Settings<typeof doctorInputs>, command: Config['command']): Pick<Config, 'doctor'> {
  if (command !== 'doctor') return {};
  return { doctor: { offline: settings.boolean('offline'), testPush: settings.boolean('test-push') } };
}

function publishedImages(images: readonly Text[], command: Config['command']): readonly Reference[] {
  return takesImages(command) ? images.map(referenceOf) : Object.values(readImageInputs(images));
}

function readOperands(
  host: Host,
  command: Config['command'],
  isAboutFiles: boolean,
  given: readonly Text[],
): readonly Text[] {
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
  const isFree = operand.count === 'any' || operand.count === 'folder-or-images';
  // What files name takes the place of what is named here.
  if (named.length > 0 || isFree || (isAboutFiles && command === 'scan')) return named;
  const remedy =
    host.kind === 'cli' ? `write ${command} ${operand.usage}` : `set ${inputLabel(host.kind, operand.input)}`;
  throw fail('usage', command, `no ${operand.input === 'image' ? 'image' : 'file'} was given`, remedy);
}

// `check` takes images beside a folder, or without one.
function folderOf(operands: readonly Text[]): string {
  const [folder, second] = operands.filter(({ text }) => !isImageOperand(text));
  if (second === undefined) return folder?.text ?? '.';
  throw complain({ where: second.text }, 'is a second path', 'give one folder, and images with their tags');
}

async function refuseMissing(world: World, files: readonly Text[]): Promise<void> {
  for (const { text } of files) {
    const { kind } = await world.files.stat(resolve(world.cwd, text));
    if (kind !== 'file') throw fail('usage', text, 'there is no such file', 'give a report.json that a run has saved');
  }
}

async function rootOf(world: World, command: Config['command'], operands: readonly Text[]): Promise<RunRoot> {
  const operand = commandDefinition(command)?.operand;
  if (operand?.count === 'folder-or-images') return findRoot(world, folderOf(operands));
  const isTree = operand?.input === 'path' && operand.count === 'at-most-one';
  return isTree ? findRoot(world, operands[0]?.text ?? '.') : { root: resolve(world.cwd) };
}
