import { append } from '../append.ts';
import { type PublishedImage, platformManifests } from '../baseline/published.ts';
import { type Failure, fail } from '../failure.ts';
import { formatReference } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';
import { describeChange, differences, type Facts } from './compatibility.ts';
import { readPlatform, type TestedPlatform } from './platform.ts';
import { containerSettings } from './run-configuration.ts';
import type { TestSettings } from './settings.ts';
import type { Check, SettingChange } from './validation.ts';

export interface ComparedImages {
  readonly changes: readonly SettingChange[];
}

/** Compares a published image with its candidate, platform by platform; files of both are read where asked for. */
export async function compareImages(
  registry: Registry,
  published: PublishedImage,
  candidate: readonly TestedPlatform[],
  readsFiles: boolean,
): Promise<ComparedImages> {
  const before = await Promise.all(
    (await platformManifests(registry, published)).map((entry) =>
      readPlatform(registry, published.reference, entry, readsFiles ? [] : undefined),
    ),
  );
  const gone = before.filter(({ platform }) => candidate.every((other) => other.platform !== platform));
  const fresh = candidate.filter(({ platform }) => before.every((other) => other.platform !== platform));
  const subject = formatReference(published.reference);
  const changes = before.flatMap((old) => {
    const now = candidate.find(({ platform }) => platform === old.platform);
    if (now === undefined) return [];
    return differences(factsOf(old, subject), factsOf(now, subject)).map((change) => ({
      ...change,
      platform: old.platform,
    }));
  });
  return {
    changes: [
      ...gone.map(({ platform }) => ({ what: 'platform', from: platform, to: null, breaking: true })),
      ...fresh.map(({ platform }) => ({ what: 'platform', from: null, to: platform, breaking: false })),
      ...onEveryPlatform(changes, before.length - gone.length),
    ],
  };
}

function factsOf({ config, files, platform }: TestedPlatform, subject: string): Facts {
  const settings = containerSettings(config);
  if (files === undefined) return { settings };
  if (files.kind === 'read') return { settings, distribution: files.files.distribution ?? null };
  throw fail('unreadable', `${subject} (${platform})`, files.why, 'take compatibility out of its tests');
}

// What changed alike on all platforms is one change of the image.
function onEveryPlatform(changes: readonly SettingChange[], platforms: number): readonly SettingChange[] {
  const alike = new Map<string, SettingChange[]>();
  for (const change of changes) {
    const { platform: _, ...rest } = change;
    const key = JSON.stringify(rest);
    append(alike, key, change);
  }
  return [...alike.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined || group.length < platforms) return group;
    const { platform: _, ...rest } = first;
    return [rest];
  });
}

/** The check that fails where what changed may break; nothing where changes are only reported. */
export function compatibilityCheck(
  mode: TestSettings['compatibility'],
  compared:
    | (ComparedImages & { readonly kind: 'compared' })
    | { readonly kind: 'failed'; readonly failure: Failure }
    | undefined,
): readonly Check[] {
  if (mode !== 'fail' || compared === undefined) return [];
  const common = { kind: 'compatibility', name: 'compatible with what is published' } as const;
  if (compared.kind === 'failed') return [{ ...common, verdict: 'inconclusive', failure: compared.failure }];
  const breaking = compared.changes.filter((change) => change.breaking);
  if (breaking.length === 0) return [{ ...common, verdict: 'pass' }];
  return [{ ...common, verdict: 'fail', detail: breaking.map(describeChange).join('; ') }];
}
