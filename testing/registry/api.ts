import { createAuthGuard } from './auth.ts';
import { answerBlob, answerStorage } from './blobs.ts';
import { refuse, replyJson, type TestReply, type TestRequest } from './exchange.ts';
import { answerReferrers, answerTags, listRepositories } from './listings.ts';
import { answerManifest } from './manifests.ts';
import type { RegistryBehaviour } from './settings.ts';
import type { Store } from './store.ts';
import { createUploads } from './uploads.ts';

const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const name = new RegExp(`^${component}(?:/${component})*$`);
const route = /^\/v2\/(.+)\/(blobs\/uploads|blobs|manifests|tags|referrers)(?:\/([^/]*))?$/;

/** The whole of the distribution API over a store: one request in, one reply out. */
export function createApi(store: Store, settings: RegistryBehaviour): (asked: TestRequest) => TestReply {
  const guard = createAuthGuard(settings.authentication);
  const uploads = createUploads(store, settings);

  function answer(asked: TestRequest): TestReply {
    const { path } = asked;
    if (path === '/token') return guard.token(asked);
    const storage = /^\/storage\/(.+)\/([^/]+)$/.exec(path);
    if (storage !== null && settings.redirectsBlobs)
      return answerStorage(store, asked, storage[1] ?? '', storage[2] ?? '');
    const azureTag = /^\/acr\/v1\/(.+)\/_tags\/([^/]+)$/.exec(path);
    if (azureTag !== null && settings.azureTags && asked.method === 'DELETE') {
      const [, owner = '', tag = ''] = azureTag;
      return guard.check(asked, owner) ?? replyJson(store.untag(owner, tag) ? 202 : 404, {});
    }
    if (!path.startsWith('/v2/') && path !== '/v2') return refuse('UNSUPPORTED', 'no such endpoint', { status: 404 });
    const [, repository, kind = '', reference = ''] = route.exec(path) ?? [];
    const refusal = guard.check(asked, repository);
    if (refusal !== undefined) return refusal;
    if (path === '/v2/' || path === '/v2') return replyJson(200, {});
    if (path === '/v2/_catalog') return listRepositories(store, settings, asked);
    if (repository === undefined) return refuse('UNSUPPORTED', 'no such endpoint', { status: 404 });
    if (!name.test(repository)) return refuse('NAME_INVALID', `"${repository}" is not a repository name`);
    return answerIn(asked, repository, kind, reference);
  }

  function answerIn(asked: TestRequest, repository: string, kind: string, reference: string): TestReply {
    switch (kind) {
      case 'blobs/uploads':
        return uploads(asked, repository, reference);
      case 'blobs':
        return answerBlob(store, settings, asked, repository, reference);
      case 'manifests':
        return answerManifest(store, settings, asked, repository, reference);
      case 'tags':
        return reference === 'list' ? answerTags(store, settings, asked, repository) : nowhere();
      default:
        return settings.referrers ? answerReferrers(store, asked, repository, reference) : nowhere();
    }
  }

  return answer;
}

function nowhere(): TestReply {
  return refuse('UNSUPPORTED', 'no such endpoint', { status: 404 });
}
