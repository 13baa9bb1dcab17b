import { type Cleared, clear, type DigestVerdict } from '../../core/gate/clear.ts';
import { promote } from '../../core/promote.ts';
import type { BuiltImage } from '../../core/rebuild/engine.ts';
import type { Registry } from '../../core/registry/registry.ts';
import type { Validation } from '../../core/validate/validation.ts';

declare const registry: Registry;
declare const built: BuiltImage;
declare const judgement: DigestVerdict;
declare const validation: Validation;

/** What the compiler must refuse: every way to promote an image that did not pass. Never run. */
export async function promoteUncleared(): Promise<void> {
  // @ts-expect-error an image as it was built has passed neither gate nor tests
  await promote(registry, built, []);

  const cleared = clear(built, judgement, validation);
  // @ts-expect-error the gate or a test may have said no
  await promote(registry, cleared, []);

  // @ts-expect-error a verdict alone clears nothing that was not tested
  clear(built, judgement);

  // @ts-expect-error nobody else can make the mark of a cleared value
  const forged: Cleared<BuiltImage> = { ...built, cleared: true };
  await promote(registry, forged, []);
}

/** What the compiler must allow. Never run. */
export async function promoteCleared(): Promise<void> {
  const cleared = clear(built, judgement, validation);
  if (cleared !== undefined) await promote(registry, cleared, []);
}
