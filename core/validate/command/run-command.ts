import type { PlatformManifest } from '../../baseline/published.ts';
import { attempt, fail } from '../../failure.ts';
import type { Digest } from '../../oci/digest.ts';
import { formatPlatform, type Platform, samePlatform } from '../../oci/platform.ts';
import { formatReference, type Reference } from '../../oci/reference.ts';
import { mayBePlain } from '../../registry/transport/endpoint.ts';
import type { TestSettings, ValidationContext } from '../settings.ts';
import type { Check } from '../validation.ts';
import { runInContainer } from './container.ts';
import type { CommandOutcome } from './outcome.ts';
import { platformHere, toolEnvironment, withPullLogin } from './pull-login.ts';
import { findRunner, type Trial } from './tool.ts';
import { runInWorkingContainer } from './working-container.ts';

/** Runs the command of the tests in the candidate by digest, on the platform of this machine. */
export async function runCommand(
  context: Pick<ValidationContext, 'world' | 'config' | 'host'>,
  candidate: Reference,
  platforms: readonly PlatformManifest[],
  settings: TestSettings & { readonly command: readonly string[] },
): Promise<Check> {
  const { world, config } = context;
  const own = platformHere(world.platform.architecture);
  const name = settings.command.join(' ');
  const outcome = await attempt('tests.command', async (): Promise<CommandOutcome> => {
    const { image, ...trial } = trialOf(candidate, platforms, own, settings);
    const plainRegistry = mayBePlain(config.registry.insecureHosts, candidate.registry);
    const env = toolEnvironment(world);
    const tool = await findRunner(world, env, settings.runner);
    const whole = { ...trial, image: formatReference(image), plainRegistry };
    return withPullLogin(context, tool, image, (ready) =>
      tool.name === 'buildah'
        ? runInWorkingContainer(ready, whole, env.BUILDAH_ISOLATION ?? 'chroot')
        : runInContainer(ready, whole),
    );
  });
  const common = { kind: 'command', name, platform: formatPlatform(own) } as const;
  const ended: CommandOutcome = outcome.kind === 'done' ? outcome.value : { kind: 'not-run', failure: outcome.failure };
  switch (ended.kind) {
    case 'succeeded':
      return { ...common, verdict: 'pass' };
    case 'failed':
      return { ...common, verdict: 'fail', detail: ended.detail };
    case 'not-run':
      return { ...common, verdict: 'inconclusive', failure: ended.failure };
  }
}

function trialOf(
  { registry, repository }: Reference,
  platforms: readonly PlatformManifest[],
  own: Platform,
  { command, timeout }: TestSettings & { readonly command: readonly string[] },
): Pick<Trial, 'command' | 'timeout'> & { readonly image: Reference & { readonly digest: Digest } } {
  const [program, ...rest] = command;
  const found = platforms.find(({ platform }) => samePlatform(platform, own));
  if (found === undefined || program === undefined) {
    const has = platforms.map(({ platform }) => formatPlatform(platform)).join(', ');
    const detail = `this machine runs ${formatPlatform(own)}, and the candidate has ${has}`;
    throw fail('missing-tool', 'tests.command', detail, 'run it on a machine of one of its platforms');
  }
  const { digest } = found.manifest.descriptor;
  return { image: { registry, repository, digest }, command: [program, ...rest], timeout };
}
