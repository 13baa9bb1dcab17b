import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseReference } from '../../core/oci/reference.ts';
import type { Forge } from '../../core/pull-request/forge.ts';
import { type Proposal, propose } from '../../core/pull-request/propose.ts';
import { forgeOf } from '../../core/pull-request/repository.ts';
import type { Update, UpdateGroup } from '../../core/update/update.ts';
import { createWorld } from '../../core/world.ts';
import { startAzureDevOps } from '../support/azure-devops.ts';
import type { ForgeAnswer, ForgeRequest } from '../support/forge-server.ts';
import { startGitHub } from '../support/github.ts';

const world = createWorld();
const text = (tag: string) => `\uFEFFFROM node:${tag}\r\n# ü\r\n`;

function update(from: string, to: string, parts: Partial<Update> = {}): Update {
  const [reference, target] = [parseReference(from), parseReference(to)];
  return {
    reference,
    from,
    to,
    kind: 'major',
    target,
    locations: [{ path: 'web/Dockerfile', line: 1, via: 'from' }],
    notes: [],
    ...parts,
  };
}

const group = (name = 'node', to = '22', files = ['web/Dockerfile']): UpdateGroup => ({
  name,
  updates: [update('node:20', `node:${to}`)],
  files: files.map((path) => ({ path, before: text('20'), after: text(to) })),
});

const failureOf = (proposal: Proposal | undefined) => (proposal?.action === 'failed' ? proposal.failure : undefined);

type Refuse = (request: ForgeRequest) => ForgeAnswer | undefined;

interface Server {
  readonly forge: Forge;
  readonly undocumented: readonly string[];
  readonly requests: readonly ForgeRequest[];
  writes(): readonly string[];
  commit(branch: string, files: Readonly<Record<string, string>>): void;
  /** Text of a file on a branch; undefined where the branch is not there. */
  file(branch: string, path: string): string | undefined;
  pulls(): readonly {
    readonly title: string;
    readonly body: string;
    readonly branch: string;
    readonly state: 'open' | 'closed';
    readonly labels: readonly string[];
    readonly comments: readonly string[];
  }[];
  editBody(change: (body: string) => string): void;
  close(): Promise<void>;
}

const servers: Readonly<Record<string, (refuse?: Refuse, token?: string) => Promise<Server>>> = {
  GitHub: async (refuse, token = 'github-token') => {
    const server = await startGitHub(refuse === undefined ? {} : { refuse });
    return {
      ...server,
      forge: forgeOf(world, { repository: `${server.origin}/acme/shop`, token, labels: [] }),
      file: (branch, path) => server.branch(branch)?.files.get(path)?.text,
      pulls: () => server.pulls.map(({ head, ...pull }) => ({ ...pull, branch: head })),
      editBody: (change) => {
        for (const pull of server.pulls) pull.body = change(pull.body);
      },
    };
  },
  'Azure DevOps': async (refuse, token = 'azure-token') => {
    const server = await startAzureDevOps(refuse === undefined ? {} : { refuse });
    return {
      ...server,
      forge: forgeOf(world, { repository: `${server.origin}/acme/shop/_git/web`, token, labels: [] }),
      file: (branch, path) => server.branch(branch)?.files.get(`/${path}`),
      pulls: () =>
        server.pulls.map((pull) => ({
          ...pull,
          body: pull.description,
          branch: pull.sourceRefName.replace('refs/heads/', ''),
          state: pull.status === 'active' ? ('open' as const) : ('closed' as const),
        })),
      editBody: (change) => {
        for (const pull of server.pulls) pull.description = change(pull.description);
      },
    };
  },
};

describe.each(Object.entries(servers))('pull requests on %s', (host, start) => {
  let server: Server;
  beforeEach(async () => {
    server = await start();
    server.commit('main', { 'web/Dockerfile': text('20'), 'api/Dockerfile': text('20'), README: 'shop' });
  });
  afterEach(async () => {
    expect(server.undocumented).toEqual([]);
    await server.close();
  });

  const options = { labels: ['dependencies', 'docker'], folder: '', dryRun: false, mayClose: true };
  const run = (groups: readonly UpdateGroup[], more: Partial<typeof options> = {}) =>
    propose(server.forge, groups, { ...options, ...more });

  test('one is opened for a group, with one commit above the target, byte for byte', async () => {
    const [proposal, ...none] = await run([group()]);
    expect(none).toEqual([]);
    expect(proposal).toMatchObject({ branch: 'base-image-refresh/node', action: 'opened' });
    expect(proposal?.url).toMatch(/^http:\/\/127\.0\.0\.1.*(?:pull|pullrequest)\/1$/);
    expect(server.file('base-image-refresh/node', 'web/Dockerfile')).toBe(text('22'));
    expect(server.file('base-image-refresh/node', 'api/Dockerfile')).toBe(text('20'));
    expect(server.file('main', 'web/Dockerfile')).toBe(text('20'));
    const [pull] = server.pulls();
    expect(pull?.title).toBe('Update node:20 to node:22');
    expect(pull?.labels).toEqual(['dependencies', 'docker']);
    expect(pull?.body).toContain('| `node:20` | `node:22` | major | `web/Dockerfile:1` |');
  });

  test('nothing is sent when nothing changed, even after unrelated commits', async () => {
    await run([group()]);
    server.commit('main', { 'web/Dockerfile': text('20'), README: 'another text' });
    const before = server.writes().length;
    expect(await run([group()])).toMatchObject([{ action: 'unchanged' }]);
    expect(server.writes().length).toBe(before);
  });

  test('it is brought up to date when something newer comes, above what the target is now', async () => {
    await run([group()]);
    server.commit('main', { 'web/Dockerfile': text('20'), README: 'another text' });
    expect(await run([group('node', '24')])).toMatchObject([{ action: 'updated' }]);
    expect(server.pulls()).toHaveLength(1);
    expect(server.pulls()[0]).toMatchObject({ title: 'Update node:20 to node:24', state: 'open' });
    expect(server.file('base-image-refresh/node', 'web/Dockerfile')).toBe(text('24'));
    expect(server.file('base-image-refresh/node', 'README')).toBe('another text');
  });

  test('it closes itself, with a word and without its branch, when its group has nothing left', async () => {
    await run([group('node'), group('api', '22', ['api/Dockerfile'])]);
    expect(await run([group('node')])).toMatchObject([
      { branch: 'base-image-refresh/node', action: 'unchanged' },
      { branch: 'base-image-refresh/api', action: 'closed' },
    ]);
    expect(server.pulls()[1]).toMatchObject({
      state: 'closed',
      comments: ['Nothing of this is left to update, so it is closed.'],
    });
    expect(server.file('base-image-refresh/api', 'api/Dockerfile')).toBeUndefined();
    expect(server.file('base-image-refresh/node', 'web/Dockerfile')).toBe(text('22'));
  });

  test('it stays open while some references could not be checked', async () => {
    await run([group()]);
    expect(await run([], { mayClose: false })).toEqual([]);
    expect(server.pulls()[0]?.state).toBe('open');
  });

  test('those of somebody else are left alone, whatever their branch is called', async () => {
    await run([group()]);
    server.editBody(() => 'my own text');
    expect(await run([])).toEqual([]);
    expect(server.pulls()[0]?.state).toBe('open');
  });

  test('a mark whose line ends a host has changed is still known', async () => {
    await run([group()]);
    server.editBody((body) => body.replaceAll('\n', '\r\n'));
    expect(await run([group()])).toMatchObject([{ action: 'unchanged' }]);
  });

  test('a branch that was left over is taken again', async () => {
    server.commit('base-image-refresh/node', { old: 'leftover' });
    expect(await run([group()])).toMatchObject([{ action: 'opened' }]);
    expect(server.file('base-image-refresh/node', 'web/Dockerfile')).toBe(text('22'));
    expect(server.file('base-image-refresh/node', 'old')).toBeUndefined();
  });

  test('files of a folder are changed where the folder stands', async () => {
    await run([group('node', '22', ['Dockerfile'])], { folder: 'web' });
    expect(server.file('base-image-refresh/node', 'web/Dockerfile')).toBe(text('22'));
  });

  test('a dry run says what would be done and writes nothing', async () => {
    const [planned] = await run([group()], { dryRun: true });
    expect(planned).toEqual({ branch: 'base-image-refresh/node', action: 'opened' });
    expect(server.writes()).toEqual([]);
  });

  test('a file that is another one on the target is refused before anything is written', async () => {
    server.commit('main', { 'web/Dockerfile': text('21') });
    const [proposal] = await run([group()]);
    expect(proposal?.action).toBe('failed');
    expect(failureOf(proposal)).toMatchObject({
      code: 'moved',
      subject: 'web/Dockerfile',
      detail: 'is another file on main than here',
      remedy: 'check out main as it is now and run again',
    });
    expect(server.writes()).toEqual([]);
    const [gone] = await run([group('gone', '22', ['gone/Dockerfile'])]);
    expect(failureOf(gone)?.code).toBe('moved');
  });

  test('untrusted names make no markup', async () => {
    const hostile = update('node:20', 'node:22', { notes: ['[click](https://evil.example) | @team <img src=x>'] });
    await run([{ ...group(), updates: [hostile] }]);
    const body = server.pulls()[0]?.body ?? '';
    expect(body).not.toContain('[click](');
    expect(body).not.toContain('<img');
    expect(body).not.toContain(' @team');
  });

  test('a body is cut to what the host takes', async () => {
    const updates = Array.from({ length: 2000 }, (_, at) => update(`node:${at}`, `node:${at + 1}`));
    expect(await run([{ ...group(), updates }])).toMatchObject([{ action: 'opened' }]);
    const body = server.pulls()[0]?.body ?? '';
    expect(body.length).toBeLessThanOrEqual(server.forge.longestBody);
    expect(body).toMatch(/\d+ more lines did not fit in here\./);
    expect(server.pulls()[0]?.title).toBe('Update 2000 base images (node)');
  });

  test('more open requests than a page holds are all seen', async () => {
    const many = Array.from({ length: 120 }, (_, at) => group(`g${at}`, '22'));
    await run(many);
    const before = server.writes().length;
    const again = await run(many);
    expect(new Set(again.map(({ action }) => action))).toEqual(new Set(['unchanged']));
    expect(server.writes().length).toBe(before);
  });

  describe('refusals', () => {
    const refusing = async (refuse: Refuse | undefined, token?: string) => {
      const refused = await start(refuse, token);
      refused.commit('main', { 'web/Dockerfile': text('20') });
      try {
        const proposals = await propose(refused.forge, [group()], options);
        return failureOf(proposals[0]);
      } catch (thrown) {
        return (thrown as { failure: unknown }).failure;
      } finally {
        await refused.close();
      }
    };
    const isWrite = ({ method }: ForgeRequest) => method !== 'GET';

    test('a token that is not known', async () => {
      expect(await refusing(undefined, 'expired')).toMatchObject({
        code: 'unauthorised',
        remedy: 'give a token that is still valid',
      });
    });

    test('a token that may only read is told what it needs', async () => {
      const message = 'Resource not accessible by integration';
      const failure = await refusing((request) => (isWrite(request) ? { status: 403, body: { message } } : undefined));
      expect(failure).toMatchObject({
        code: 'forbidden',
        detail: `answered 403 to POST (${message})`,
        remedy:
          host === 'GitHub' ? expect.stringContaining('pull-requests: write') : expect.stringContaining('Contribute'),
      });
    });

    // Azure DevOps takes labels with the request itself.
    if (host === 'GitHub') {
      test('labels that are refused leave it opened, with a word why', async () => {
        const refused = await start(({ path }) =>
          path.endsWith('/labels') ? { status: 422, body: { message: 'Validation Failed' } } : undefined,
        );
        refused.commit('main', { 'web/Dockerfile': text('20') });
        const [proposal] = await propose(refused.forge, [group()], options);
        await refused.close();
        expect(proposal).toMatchObject({ action: 'opened', url: expect.stringContaining('/pull/1') });
        expect(proposal).toHaveProperty('unlabelled.detail', 'answered 422 to POST (Validation Failed)');
      });
    }

    test.each([
      [{ status: 429, headers: { 'retry-after': '3600' }, body: { message: 'slow down' } }, 'rate-limited'],
      [{ status: 403, headers: { 'x-ratelimit-remaining': '0' }, body: {} }, 'rate-limited'],
      [{ status: 404, body: { message: 'Not Found' } }, 'not-found'],
      [{ status: 200, bytes: Buffer.from('<html>') }, 'malformed'],
      [{ status: 200, body: {} }, 'malformed'],
    ])('an answer %o ends as %s', async (answer, code) => {
      expect(await refusing(() => answer)).toMatchObject({ code });
    });

    test('a host that is busy for a moment is asked again', async () => {
      let busy = 1;
      const refuse: Refuse = () => (busy-- > 0 ? { status: 503, headers: { 'retry-after': '0' } } : undefined);
      expect(await refusing(refuse)).toBeUndefined();
      expect(busy).toBeLessThan(1);
    });
  });
});

describe('where pull requests go', () => {
  test.each([
    ['https://github.com/acme/shop', 'https://api.github.com/repos/acme/shop'],
    ['https://github.com/acme/shop.git', 'https://api.github.com/repos/acme/shop'],
    ['https://ghe.example/acme/shop', 'https://ghe.example/api/v3/repos/acme/shop'],
    [
      'https://dev.azure.com/acme/my%20shop/_git/web',
      'https://dev.azure.com/acme/my%20shop/_apis/git/repositories/web',
    ],
    ['https://me@dev.azure.com/acme/shop/_git/web', 'https://dev.azure.com/acme/shop/_apis/git/repositories/web'],
    ['https://dev.azure.com/acme/_git/web', 'https://dev.azure.com/acme/web/_apis/git/repositories/web'],
    ['https://acme.visualstudio.com/shop/_git/web', 'https://acme.visualstudio.com/shop/_apis/git/repositories/web'],
    ['https://acme.visualstudio.com/_git/web', 'https://acme.visualstudio.com/web/_apis/git/repositories/web'],
  ])('%s is spoken to at %s', async (repository, root) => {
    const asked: string[] = [];
    const http = async ({ url }: { readonly url: string }) => {
      asked.push(url);
      throw new Error('no network here');
    };
    const forge = forgeOf({ ...world, http, env: {} }, { repository, token: 't', labels: [] });
    await expect(forge.target()).rejects.toThrow('no network here');
    expect(asked[0]?.replace('?api-version=7.1', '')).toBe(root);
  });

  test("is the pipeline's own repository where none is named", async () => {
    const asked: string[] = [];
    const http = async ({ url }: { readonly url: string }) => {
      asked.push(url);
      throw new Error('no network here');
    };
    const on = async (env: Readonly<Record<string, string>>) =>
      forgeOf({ ...world, http, env }, { token: 't', labels: [] })
        .target()
        .catch(() => {});
    await on({
      GITHUB_SERVER_URL: 'https://ghe.example',
      GITHUB_REPOSITORY: 'acme/shop',
      GITHUB_API_URL: 'https://api.ghe.example/',
    });
    await on({ BUILD_REPOSITORY_URI: 'https://acme@dev.azure.com/acme/shop/_git/web' });
    expect(asked).toEqual([
      'https://api.ghe.example/repos/acme/shop',
      'https://dev.azure.com/acme/shop/_apis/git/repositories/web?api-version=7.1',
    ]);
  });

  test.each([
    'http://github.com/acme/shop',
    'ftp://github.com/acme/shop',
    'acme/shop',
    'https://github.com/acme',
    'https://user:secret@example.com/a/b/c',
  ])('%s is refused, without its password', (repository) => {
    const refused = () => forgeOf({ ...world, env: {} }, { repository, token: 't', labels: [] });
    expect(refused).toThrow(/^repository: cannot be "[^@]*"; write https:\/\/github\.com/);
  });

  test('and with what, must be known', () => {
    const bare = { ...world, env: {} };
    expect(() => forgeOf(bare, { token: 't', labels: [] })).toThrow(
      'repository: is not known here; give the address of the repository.',
    );
    expect(() => forgeOf(bare, { repository: 'https://github.com/a/b', labels: [] })).toThrow(
      'repository-token: is not given; give a token that may push branches and open pull requests.',
    );
  });
});
