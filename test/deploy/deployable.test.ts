import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { deployable } from '../../core/deploy/deployable.ts';
import { planTarget } from '../../core/deploy/plan.ts';
import type { Digest } from '../../core/oci/digest.ts';
import type { PromotedTag } from '../../core/promote.ts';

const digest = `sha256:${'a'.repeat(64)}` as Digest;

test('the compiler takes nothing for deployable but what was made from a promotion', () => {
  const forged = { image: 'web', digest, releases: [] };
  // @ts-expect-error: an arbitrary digest is no promotion
  expect(planTarget({ managed: 'refuse' }, [], [forged]).steps).toEqual([]);
  const tag: PromotedTag = { reference: { registry: 'ghcr.io', repository: 'acme/web', tag: '1' } };
  const made = deployable('web', { digest, tags: [tag], referrers: 0 });
  expect(planTarget({ managed: 'refuse' }, [], [made]).steps).toEqual([]);
  expect(made).toMatchObject({ image: 'web', digest, releases: [{ reference: tag.reference }] });
});

test('nothing casts to it: its mark is in one file alone', () => {
  const core = fileURLToPath(new URL('../../core', import.meta.url));
  const files = readdirSync(core, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const casting = files.filter((file) =>
    /\bas (unknown as )?Deployable\b/.test(readFileSync(join(core, file), 'utf8')),
  );
  expect(casting).toEqual([]);
});
