import { asDigest } from '../../core/oci/digest.ts';
import { mediaTypes } from '../../core/oci/manifest.ts';
import { refuse, replyJson, type TestReply, type TestRequest } from './exchange.ts';
import type { RegistryBehaviour } from './settings.ts';
import type { HeldManifest, Store } from './store.ts';

/** Tags of a repository: distribution-spec, "Listing Tags". */
export function answerTags(store: Store, settings: RegistryBehaviour, asked: TestRequest, name: string): TestReply {
  if (!store.has(name)) return refuse('NAME_UNKNOWN', 'repository name not known to registry', { detail: { name } });
  return page(settings, asked, store.tags(name), (tags) => ({ name, tags }));
}

/** Repositories of the registry, as Distribution lists them. */
export function listRepositories(store: Store, settings: RegistryBehaviour, asked: TestRequest): TestReply {
  return page(settings, asked, store.repositories(), (repositories) => ({ repositories }));
}

function page(
  settings: RegistryBehaviour,
  asked: TestRequest,
  all: readonly string[],
  document: (page: readonly string[]) => object,
): TestReply {
  const asks = asked.query.get('n');
  const count = asks === null ? settings.pageSize : Number(asks);
  if (!Number.isInteger(count) || count < 0) return refuse('PAGINATION_NUMBER_INVALID', 'n is not a number of entries');
  const last = asked.query.get('last');
  const rest = last === null ? all : all.filter((entry) => entry > last);
  const shown = rest.slice(0, Math.min(count, settings.pageSize));
  const next = shown.at(-1);
  if (next === undefined || shown.length === rest.length) return replyJson(200, document(shown));
  const query = new URLSearchParams({ last: next, n: String(count) });
  return replyJson(200, document(shown), { link: `<${asked.path}?${query}>; rel="next"` });
}

/** Manifests that name a digest as their subject: distribution-spec, "Listing Referrers". */
export function answerReferrers(store: Store, asked: TestRequest, repository: string, reference: string): TestReply {
  const digest = asDigest(reference);
  if (digest === undefined) return refuse('DIGEST_INVALID', `"${reference}" is not a digest`);
  const artifactType = asked.query.get('artifactType');
  const manifests = store
    .manifests(repository)
    .flatMap((held) => referrer(held, digest))
    .filter((entry) => artifactType === null || entry.artifactType === artifactType);
  const filtered: Readonly<Record<string, string>> =
    artifactType === null ? {} : { 'oci-filters-applied': 'artifactType' };
  const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests };
  return replyJson(200, index, { 'content-type': mediaTypes.ociIndex, ...filtered });
}

function referrer(held: HeldManifest, subject: string) {
  const document = JSON.parse(held.bytes.toString('utf8')) as {
    readonly subject?: { readonly digest: string };
    readonly artifactType?: string;
    readonly config?: { readonly mediaType: string };
    readonly annotations?: Readonly<Record<string, string>>;
  };
  if (document.subject?.digest !== subject) return [];
  const { mediaType, digest, bytes } = held;
  const artifactType = document.artifactType ?? document.config?.mediaType;
  const { annotations } = document;
  return [
    {
      mediaType,
      digest,
      size: bytes.length,
      ...(artifactType === undefined ? {} : { artifactType }),
      ...(annotations === undefined ? {} : { annotations }),
    },
  ];
}
