import { type Cleared, clear, type Verdict } from '../../core/gate.ts';
import { promote } from '../../core/promote.ts';
import type { BuiltImage } from '../../core/rebuild/engine.ts';
import type { Registry } from '../../core/registry/registry.ts';

declare const registry: Registry;
declare const built: BuiltImage;
declare const verdict: Verdict;

/** What the compiler must refuse: every way to promote an image that did not pass. Never run. */
export async function promoteUncleared(): Promise<void> {
  // @ts-expect-error an image as it was built has not passed the gate
  await promote(registry, built, []);

  const cleared = clear(verdict, built);
  // @ts-expect-error the gate may have said no
  await promote(registry, cleared, []);

  // @ts-expect-error nobody else can make the mark of a cleared value
  const forged: Cleared<BuiltImage> = { ...built, cleared: true };
  await promote(registry, forged, []);
}

/** What the compiler must allow. Never run. */
export async function promoteCleared(): Promise<void> {
  const cleared = clear(verdict, built);
  if (cleared !== undefined) await promote(registry, cleared, []);
}
