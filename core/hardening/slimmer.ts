import { attempt } from '../failure.ts';
import { familiar, parseReference, type Reference, withTag } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';

/** Most names that are asked for. */
const mostAsked = 4;

const distroless: Readonly<Record<string, (version: string) => string | undefined>> = {
  'docker.io/library/node': (version) => `gcr.io/distroless/nodejs${version}-debian12:latest`,
  'docker.io/library/eclipse-temurin': (version) => `gcr.io/distroless/java${version}-debian12:latest`,
  'docker.io/library/python': () => 'gcr.io/distroless/python3-debian12:latest',
  'docker.io/library/debian': (version) => (version === '12' ? 'gcr.io/distroless/base-debian12:latest' : undefined),
};

/** Bases of the same software with less in them, of which the registry says that they exist; what cannot be asked is left out. */
export async function slimmerBases(registry: Registry, base: Reference): Promise<readonly string[]> {
  const asked = slimmerNames(base).slice(0, mostAsked);
  const found = await Promise.all(
    asked.map(async (reference) => {
      const head = await attempt(familiar(reference), () => registry.head(reference));
      return head.kind === 'done' ? [familiar(reference)] : [];
    }),
  );
  return found.flat();
}

/** Names that such bases would have, the slimmest last. */
export function slimmerNames(base: Reference): readonly Reference[] {
  const { registry, repository, tag } = base;
  if (tag === undefined) return [];
  const isDotnet = registry === 'mcr.microsoft.com' && repository.startsWith('dotnet/');
  if (isDotnet) return dotnetVariants(base, tag);
  if (!isOfficial(base) || /slim|alpine|distroless|chisel/.test(tag)) return [];
  const version = /^\d+/.exec(tag)?.[0] ?? '';
  const bare = distroless[`${registry}/${repository}`]?.(version);
  return [
    ...['slim', 'alpine'].map((suffix) => withTag(base, `${tag}-${suffix}`)),
    ...(version === '' || bare === undefined ? [] : [parseReference(bare)]),
  ];
}

function dotnetVariants(base: Reference, tag: string): readonly Reference[] {
  const version = /^\d+\.\d+/.exec(tag)?.[0];
  if (version === undefined || /alpine|chisel|distroless/.test(tag) || base.repository.endsWith('/sdk')) return [];
  return [`${version}-alpine`, `${version}-noble-chiseled`, `${version}-jammy-chiseled`].map((name) =>
    withTag(base, name),
  );
}

function isOfficial({ registry, repository }: Reference): boolean {
  return registry === 'docker.io' && repository.startsWith('library/');
}
