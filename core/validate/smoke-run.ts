import { type PlatformManifest, platformManifests } from '../baseline/published.ts';
import { attempt, type Outcome } from '../failure.ts';
import { itemsOf } from '../json.ts';
import type { Digest } from '../oci/digest.ts';
import { samePlatform } from '../oci/platform.ts';
import { formatReference, type Reference } from '../oci/reference.ts';
import type { BuildOrder, BuiltImage } from '../rebuild/engine.ts';
import { mayBePlain } from '../registry/transport/endpoint.ts';
import { exitFact } from '../text/exit-words.ts';
import { duration } from '../text/words.ts';
import { type Ending, startedContainer, withPulled } from './command/container.ts';
import { lastLines } from './command/outcome.ts';
import { platformHere, toolEnvironment, withPullLogin } from './command/pull-login.ts';
import { firstRunner, type Tool } from './command/tool.ts';
import type { ValidationContext } from './settings.ts';

/** What starting an image showed; what could not be tried says nothing of it. */
export interface SmokeRun {
  readonly kind: 'starts' | 'differs' | 'not-tried';
  /** In words: how it ended, or why it was not tried. */
  readonly why: string;
}

type Pulled = Reference & { readonly digest: Digest };

/** Milliseconds after which what still runs has started. */
const usualPatience = 10_000;

/** What a container of an image that was not asked to be run may do. */
const confinement = [
  '--network=none',
  '--cap-drop=ALL',
  ...['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'KILL', 'NET_BIND_SERVICE', 'SETGID', 'SETUID'].map(
    (name) => `--cap-add=${name}`,
  ),
  '--security-opt=no-new-privileges',
  '--memory=1g',
  '--pids-limit=512',
  '--log-driver=none',
  '--no-healthcheck',
];
const readOnly = ['--read-only', '--tmpfs=/tmp'];

/**
 * Starts the entry point of a candidate for a few seconds, with docker or podman where one of them is at hand. It has started
 * where it still runs then; else it has to end just as the published image does under the same conditions.
 */
export async function smokeRun(
  context: ValidationContext,
  built: Pick<BuiltImage, 'reference'>,
  published: NonNullable<BuildOrder['published']>,
  patience = usualPatience,
): Promise<SmokeRun> {
  const { world, registry } = context;
  const own = platformHere(world.platform.architecture);
  const forHere = async (image: typeof published) =>
    (await platformManifests(registry, image)).find(({ platform }) => samePlatform(platform, own));
  const { reference } = built;
  const candidate = await forHere({ reference, manifest: await registry.manifest(reference) });
  if (candidate === undefined) return notTried('it has no platform of this machine');
  const words = await startedWords(context, reference, candidate);
  const [program] = words;
  if (program === undefined) return notTried('it names nothing to start');
  const runner = await firstRunner(world, toolEnvironment(world), ['docker', 'podman']);
  if (runner.kind === 'none') return notTried(runner.why);
  const { registry: host, repository } = reference;
  const pulled = { registry: host, repository, digest: candidate.manifest.descriptor.digest };
  return withPullLogin(context, runner.tool, pulled, async (tool) => {
    const trial = { tool, program, patience, plainRegistry: mayBePlain(context.config.registry.insecureHosts, host) };
    const after = await attempt(repository, () => started(trial, pulled, [readOnly, []]));
    if (after.kind === 'done' && isRunning(after.value)) return starts(tool.name, endWords(after.value));
    const old = await forHere(published);
    const before = await attempt(repository, async () => {
      if (old === undefined) return undefined;
      return started(trial, { ...pulled, digest: old.manifest.descriptor.digest }, [[]]);
    });
    return compared(tool, before, after);
  });
}

function notTried(why: string): SmokeRun {
  return { kind: 'not-tried', why };
}

function starts(name: Tool['name'], how: string): SmokeRun {
  return { kind: 'starts', why: `started with ${name}, it ${how}` };
}

function compared({ name }: Tool, before: Outcome<Ending | undefined>, after: Outcome<Ending>): SmokeRun {
  if (after.kind === 'failed') {
    const { detail } = after.failure;
    // What the tool can do with the one and not with the other is of the image.
    if (before.kind === 'failed' || before.value === undefined) return notTried(detail);
    return { kind: 'differs', why: `${detail}, where the published image ${endWords(before.value)}` };
  }
  const is = endWords(after.value);
  if (before.kind === 'failed' || before.value === undefined) {
    return {
      kind: 'differs',
      why: `started with ${name}, it ${is}, and the published image could not be started here`,
    };
  }
  if (sameEnd(before.value, after.value)) return starts(name, `${is}, as the published image does`);
  return {
    kind: 'differs',
    why: `started with ${name}, it ${is}${saidBy(after.value)}, where the published image ${endWords(before.value)}`,
  };
}

// ENTRYPOINT, then CMD: what a container is started with.
async function startedWords(
  { registry }: ValidationContext,
  reference: Reference,
  { manifest }: PlatformManifest,
): Promise<readonly string[]> {
  const { config } = await registry.config(reference, manifest);
  return [...itemsOf(config.Entrypoint), ...itemsOf(config.Cmd)].map(String);
}

interface Trial {
  readonly tool: Tool;
  readonly program: string;
  readonly patience: number;
  readonly plainRegistry: boolean;
}

/** How an image ends in the first way of starting it in which it still runs, or in the last. */
async function started(
  { tool, program, patience, plainRegistry }: Trial,
  reference: Pulled,
  ways: readonly (readonly string[])[],
): Promise<Ending> {
  const image = formatReference(reference);
  return withPulled(tool, { image, plainRegistry }, async () => {
    let ending: Ending = { kind: 'not-started', said: '' };
    for (const options of ways) {
      const container = { image, options: [...confinement, ...options], words: [] };
      ending = await startedContainer(tool, container, { program, timeout: patience });
      if (isRunning(ending)) return ending;
    }
    return ending;
  });
}

function isRunning(ending: Ending): boolean {
  return ending.kind === 'cut';
}

function sameEnd(a: Ending, b: Ending): boolean {
  return a.kind === b.kind && (a.kind !== 'ended' || b.kind !== 'ended' || a.code === b.code);
}

function endWords(ending: Ending): string {
  switch (ending.kind) {
    case 'ended':
      return `ended with ${ending.code}`;
    case 'not-started':
      return 'could not be started';
    case 'cut':
      return ending.exit.kind === 'timed-out'
        ? `still ran after ${duration(ending.exit.timeout)}`
        : exitFact(ending.exit);
  }
}

function saidBy(ending: Ending): string {
  const said =
    ending.kind === 'ended'
      ? lastLines(ending.stdout, ending.stderr)
      : ending.kind === 'not-started'
        ? ending.said
        : '';
  return said === '' ? '' : ` (${said})`;
}
