import type { AssessedDifference, PlatformBases } from './assessed.ts';
import { beginsWithLayers, compressionOf, ownLayers } from './compression.ts';
import type { PlatformForm } from './form.ts';

/** How layers are stored, and what they stand on. */
export function assessLayers(
  then: PlatformForm,
  now: PlatformForm,
  bases: PlatformBases | 'nothing',
): readonly AssessedDifference[] {
  const { before, after } = bases === 'nothing' ? {} : bases;
  const [old, fresh] = [compressionsIn(then, before), compressionsIn(now, after)];
  const other = [...fresh].filter((one) => !old.has(one));
  const { platform } = now;
  const differs = old.size > 0 && other.length > 0;
  return [
    ...(differs
      ? [
          {
            aspect: 'compression',
            what: 'compression of layers',
            platform,
            from: [...old].join(', '),
            to: [...fresh].join(', '),
            verdict: {
              kind: 'broken',
              remedy: 'build it with buildx, which compresses as it is asked, or accept compression',
            },
          } as const,
        ]
      : []),
    ...standing(then, now, { ...(before && { before }), ...(after && { after }) }),
  ];
}

function compressionsIn(form: PlatformForm, base: PlatformBases['before']): ReadonlySet<string> {
  return new Set(ownLayers(form, base?.diffIds).map(compressionOf));
}

// Engines prove it of what they build; this holds it of every one.
function standing(
  then: PlatformForm,
  now: PlatformForm,
  { before, after }: PlatformBases,
): readonly AssessedDifference[] {
  if (after === undefined || beginsWithLayers(now.diffIds, after.diffIds)) return [];
  if (before !== undefined && !beginsWithLayers(then.diffIds, before.diffIds)) return [];
  return [
    {
      aspect: 'base-layers',
      what: 'layers of the base',
      platform: now.platform,
      from: 'the lowest of the image',
      to: 'not the lowest of the image',
      verdict: { kind: 'broken', remedy: 'build it without squashing its layers, or accept base-layers' },
    },
  ];
}
