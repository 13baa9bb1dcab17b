import { isAbsolute, resolve } from 'node:path';
import { whyNotOfRepository } from '../config/checkout.ts';
import type { Config } from '../config/model.ts';
import { imageBuildFor } from '../config/per-image.ts';
import { fieldsOf, mergeOptions, type StatedOption } from '../discover/options.ts';
import { instructionsOf } from '../dockerfile/instructions.ts';
import { attempt, type Failure, fail } from '../failure.ts';
import type { Host, World } from '../ports.ts';
import { folderContexts } from '../rebuild/contexts.ts';
import { dockerfileOf } from '../rebuild/dockerfile-text.ts';
import type { BuildOrder } from '../rebuild/engine.ts';
import { namesOfOption, settingsOf } from '../rebuild/image-build.ts';
import { mayTake, type TakenSecrets, takenSecrets } from '../rebuild/secret-mounts.ts';
import type { BuildSecret, BuildSettings } from '../rebuild/settings.ts';
import { inputLabel } from '../settings/input.ts';
import { permits, unpermitted } from '../settings/permissions.ts';
import { given } from '../table.ts';
import { type LackingSource, lackingSource } from './lacking-source.ts';

/** What preparing a build rests on. */
export interface Preparation {
  readonly world: World;
  readonly config: Config;
  readonly host: Pick<Host, 'kind'>;
}

/**
 * The order with all that its release build asks for: options, secrets and agents of build files and configuration, as
 * far as the run lets files of the repository name them. What keeps it from being built as it was is `withheld`.
 */
export async function prepareBuild(preparation: Preparation, order: BuildOrder): Promise<BuildOrder> {
  const { config, world } = preparation;
  const own = imageBuildFor(config, order.build);
  const leaveOut = own?.leaveOut ?? [];
  const text = await attempt(order.build.dockerfile ?? order.build.name, () => dockerfileOf(world, order));
  const taken = text.kind === 'done' ? takenBy(order.build, text.value) : undefined;
  const options = mergeOptions(order.build.options ?? [], own?.options ?? []).filter(
    (option) => !leaveOut.includes(option.name) && !leaveOut.includes(option.value) && !isUnused(option, taken),
  );
  const held: Failure[] = [];
  let lacking: LackingSource = {};
  let settings = withoutUnset(preparation, settingsOf(config.build, own), taken);
  for (const option of options) {
    // What stands in the configuration file was asked about when that was read.
    if (own?.options.includes(option) === true) continue;
    const read = await resolveOption(preparation, order, option, settings);
    if ('code' in read) held.push(read);
    else settings = read;
  }
  if (text.kind === 'done') {
    held.push(...lackingIn(preparation, order, text.value, options));
    held.push(...mountsWithout(preparation, order, settings, taken));
    lacking = await lackingSource(preparation, order, text.value);
  }
  held.push(...unsetIn(preparation, order, settings));
  if (lacking.failure !== undefined) held.push(lacking.failure);
  const [withheld] = held;
  const asked = options.filter((option) => option.name !== 'build-arg');
  const { options: _, ...build } = order.build;
  return {
    ...order,
    build: asked.length === 0 ? build : { ...build, options: asked },
    settings,
    ...given('prepare', lacking.prepare),
    ...(withheld === undefined ? {} : { withheld }),
  };
}

// Nothing is lost where the build is not given what no instruction of it takes.
function isUnused({ name, value }: StatedOption, taken: TakenSecrets | undefined): boolean {
  if (name === 'secret') return !mayTake(taken, 'secret', fieldsOf(value).get('id') ?? '');
  return name === 'ssh' && !mayTake(taken, 'ssh', value.split('=', 1)[0] ?? '');
}

// Repositories are fetched with secrets that no instruction mounts.
function takenBy({ contexts }: BuildOrder['build'], dockerfile: string): TakenSecrets | undefined {
  const taken = takenSecrets(dockerfile);
  const isRemote = Object.values(folderContexts(contexts)).some((value) => /^git@|:\/\//.test(value));
  return taken === undefined || !isRemote ? taken : { ...taken, fetches: true };
}

function isSet({ world: { env } }: Preparation, { from }: BuildSecret): boolean {
  return from.kind === 'file' || env[from.name] !== undefined;
}

// What no instruction takes keeps no image from being built.
function withoutUnset(
  preparation: Preparation,
  settings: BuildSettings,
  taken: TakenSecrets | undefined,
): BuildSettings {
  const secrets = settings.secrets.filter((one) => isSet(preparation, one) || mayTake(taken, 'secret', one.id));
  return secrets.length === settings.secrets.length ? settings : { ...settings, secrets };
}

// Found before anything is built: every builder ends at a variable that is not there.
function unsetIn(preparation: Preparation, { build }: BuildOrder, { secrets }: BuildSettings): readonly Failure[] {
  return secrets.flatMap((secret) => {
    const { id, from } = secret;
    if (from.kind === 'file' || isSet(preparation, secret)) return [];
    const detail = `the secret ${id} is to come from ${from.name}, which is not set`;
    return [fail('build-unknown', build.name, detail, `set ${from.name}`).failure];
  });
}

async function resolveOption(
  preparation: Preparation,
  order: BuildOrder,
  option: StatedOption,
  settings: BuildSettings,
): Promise<BuildSettings | Failure> {
  const { config } = preparation;
  if (option.name === 'secret') return withSecret(preparation, order, option, settings);
  if (option.name === 'ssh') {
    if (settings.ssh.includes(option.value)) return settings;
    if (permits(config.permissions ?? [], 'build-ssh', option.value))
      return { ...settings, ssh: [...settings.ssh, option.value] };
    return refusal(preparation, order, option, option.value);
  }
  const text = `${option.name}=${option.value}`;
  if (namesOfOption(text).kind === 'nothing' || permits(config.permissions ?? [], 'build-options', text))
    return settings;
  return refusal(preparation, order, option, text);
}

// Those that have an input of their own.
const inputOf: Readonly<Record<string, string | undefined>> = { secret: 'build-secret', ssh: 'build-ssh' };

function refusal(
  { host }: Pick<Preparation, 'host'>,
  { build }: Pick<BuildOrder, 'build'>,
  option: StatedOption,
  what: string,
): Failure {
  const input = inputOf[option.name];
  const name = input ?? 'build-options';
  const fact = `names ${what}, which only the run may name`;
  const also = input === undefined ? {} : { input };
  const { failure } = unpermitted(host.kind, { where: option.from, key: option.name, name, what, fact, ...also });
  return { ...failure, code: 'build-unknown', subject: build.name, detail: `${option.from}: ${failure.detail}` };
}

async function withSecret(
  { world, host, config }: Preparation,
  { root, build }: BuildOrder,
  option: StatedOption,
  settings: BuildSettings,
): Promise<BuildSettings | Failure> {
  const fields = fieldsOf(option.value);
  const id = fields.get('id') ?? '';
  if (settings.secrets.some((secret) => secret.id === id)) return settings;
  const label = inputLabel(host.kind, 'build-secret');
  if (fields.get('type') === 'given' || !/^[\w.-]+$/.test(id)) {
    const detail = `${option.from} gives the build the secret ${id.slice(0, 100)}, whose value only the pipeline knows`;
    return fail('build-unknown', build.name, detail, `give it with ${label} ${id}=env:NAME`).failure;
  }
  const file = fields.get('src') ?? fields.get('source');
  const name = file ?? fields.get('env') ?? id;
  const isPlain = !/[,\r\n]/.test(name);
  const isOurs = file !== undefined && isPlain && (await whyNotOfRepository(world, config.root, file)) === undefined;
  if (isPlain && (isOurs || permits(config.permissions ?? [], 'build-secret', name))) {
    const from: BuildSecret['from'] =
      file === undefined
        ? { kind: 'env', name }
        : { kind: 'file', path: isAbsolute(file) ? file : resolve(root, file) };
    return { ...settings, secrets: [...settings.secrets, { id, from }] };
  }
  return refusal({ host }, { build }, option, name);
}

function lackingIn(
  { host }: Preparation,
  { build }: BuildOrder,
  dockerfile: string,
  options: readonly StatedOption[],
): readonly Failure[] {
  const declared = declaredArguments(dockerfile);
  return options
    .filter(({ name, value }) => name === 'build-arg' && declared.has(value) && build.args[value] === undefined)
    .map(({ value, from }) => {
      const detail = `${from} gives the build argument ${value} a value that only the pipeline knows`;
      return fail(
        'build-unknown',
        build.name,
        detail,
        `give it with ${inputLabel(host.kind, 'build-arg')} ${value}=…, or in build-args of images[]`,
      ).failure;
    });
}

function mountsWithout(
  { host }: Preparation,
  { build }: BuildOrder,
  settings: BuildSettings,
  taken: TakenSecrets | undefined,
): readonly Failure[] {
  const isGiven = {
    secret: settings.secrets.map(({ id }) => id),
    ssh: settings.ssh.map((one) => one.split('=', 1)[0]),
  };
  return (taken?.mounts ?? []).flatMap(({ type, id, isRequired, line }) => {
    if (!isRequired || id === undefined || isGiven[type].includes(id)) return [];
    const what = type === 'secret' ? 'secret' : 'SSH agent';
    const value = type === 'secret' ? `${id}=env:NAME` : id;
    const detail = `${build.dockerfile}:${line} requires the ${what} ${id}, which nothing gives`;
    const remedy = `give it with ${inputLabel(host.kind, `build-${type}`)} ${value}`;
    return [fail('build-unknown', build.name, detail, remedy).failure];
  });
}

function declaredArguments(dockerfile: string): ReadonlySet<string> {
  const found = instructionsOf(dockerfile).flatMap(({ keyword, words }) =>
    keyword === 'arg' ? words.map((word) => word.split('=', 1)[0] ?? '') : [],
  );
  return new Set(found);
}
