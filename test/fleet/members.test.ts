import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { parseFleet, withNames } from '../../core/fleet/fleet-file.ts';
import { partsOfLeg } from '../../core/fleet/join-runs.ts';
import { membersOf } from '../../core/fleet/list-members.ts';
import type { ListedImage, RunFile } from '../../core/fleet/run-file.ts';
import { tokensOf } from '../../core/fleet/tokens.ts';
import { createWorld } from '../../core/world.ts';
import { startForgeServer } from '../support/forge-server.ts';

const namesOf = (...urls: readonly string[]) => withNames(urls).map(({ name }) => name);

describe('the names of repositories', () => {
  test('are as much of their addresses as tells them apart', () => {
    expect(namesOf('https://h/acme/web', 'https://h/acme/api.git')).toEqual(['web', 'api']);
    expect(namesOf('https://h/acme/api', 'https://h/other/api')).toEqual(['acme/api', 'other/api']);
  });

  test('are never the beginning of another, under which an image could take the place of its image', () => {
    const urls = ['https://h/x/acme', 'https://h/acme/api', 'https://h/other/api'];
    expect(namesOf(...urls)).toEqual(['x/acme', 'acme/api', 'other/api']);
    const named = [{ url: 'https://h/x/web', name: 'acme' }, ...urls.slice(1)];
    expect(() => withNames(named)).toThrow(
      'https://h/x/web: is called acme as another repository is, or as the name of',
    );
  });

  test('are told apart among 10,000 in linear time', () => {
    const urls = Array.from({ length: 10_000 }, (_, at) => `https://h/team-${at % 100}/${Math.floor(at / 100)}`);
    const began = performance.now();
    expect(new Set(namesOf(...urls)).size).toBe(10_000);
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});

test.each([
  'https://me:secret@h/acme/web',
  'https://secret@h/acme/web',
  'ssh://me:secret@h/acme/web',
  'ssh://-oProxyCommand=x/acme',
  'ext::sh -c x',
])('%s is no address of a repository, and is not repeated', (url) => {
  const read = () => parseFleet(`repositories: ["${url}"]`, 'fleet.yml');
  expect(read).toThrow('without credentials');
  expect(read).not.toThrow(/secret/);
});

describe('what a forge lists', () => {
  const listed = async (body: unknown, more = '') => {
    const forge = await startForgeServer(() => ({ status: 200, body }));
    try {
      const file = parseFleet(`github: { organization: acme, api: "${forge.origin}"${more} }`, 'fleet.yml');
      return (await membersOf(createWorld(), file, undefined)).map(({ url }) => url);
    } finally {
      await forge.close();
    }
  };
  const web = { clone_url: 'https://h/acme/web', name: 'web' };

  test.each([{ clone_url: 'ext::sh -c x' }, { clone_url: '--upload-pack=x' }, {}])(
    'is held to what may be cloned, and missed by nothing: %j',
    async (odd) => {
      const both = [{ ...odd, name: 'odd' }, web];
      await expect(listed(both)).rejects.toThrow('the repository "odd": is listed under no address that can be cloned');
      expect(await listed(both, ', exclude: [odd]')).toEqual(['https://h/acme/web']);
    },
  );

  test('is a list', async () => {
    await expect(listed({ message: 'Moved' })).rejects.toThrow('answered with no list of repositories');
  });
});

describe('a token', () => {
  const world = (env: Readonly<Record<string, string>>) => ({ ...createWorld(), env });
  const given = (text: string) => tokensOf(world({ TOKEN: 'secret' }), parseFleet(text, 'fleet.yml'), () => {});

  test.each([
    ['github: { organization: acme }', 'https://github.com/acme/web'],
    ['github: { organization: acme, api: "https://api.acme.ghe.com" }', 'https://acme.ghe.com/acme/web'],
    ['github: { organization: acme, api: "https://git.acme.example/api/v3" }', 'https://git.acme.example/acme/web'],
    ['azure: { collection: "https://dev.azure.com/Acme", project: p }', 'https://dev.azure.com/Acme/p/_git/web'],
    ['azure: { collection: "https://dev.azure.com/Acme", project: p }', 'https://acme.visualstudio.com/p/_git/web'],
    ['repositories: ["https://gitlab.example/acme/web"]', 'https://gitlab.example/acme/web'],
  ])('of %s goes to its host and to no other', async (forge, url) => {
    const tokens = given(`${forge}\ntoken-env: TOKEN\n`);
    expect([await tokens(), await tokens(url)]).toEqual(['secret', 'secret']);
    const others = [
      url.replace('https://', 'http://'),
      'https://evil.example/acme/web',
      'https://other.visualstudio.com/p',
    ];
    for (const other of others) expect(await tokens(other)).toBeUndefined();
  });

  test('is for one host where no forge is named', () => {
    const both = 'repositories: ["https://a.example/x", "https://b.example/x"]\ntoken-env: TOKEN\n';
    expect(() => given(both)).toThrow(
      'token-env: is for one host, and the repositories are at https://a.example and https://b.example; divide them',
    );
  });

  test('of an app is not made for a repository at another host', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const asked: string[] = [];
    const forge = await startForgeServer(({ path }) => {
      asked.push(path);
      return { status: 201, body: { token: 'secret' } };
    });
    const text = `repositories: ["https://evil.example/acme/web"]\napp: { id: 1, installation: 7, key-env: KEY, api: "${forge.origin}" }`;
    const env = { KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
    try {
      const tokens = tokensOf(world(env), parseFleet(text, 'fleet.yml'), () => {});
      expect([await tokens('https://evil.example/acme/web'), asked]).toEqual([undefined, []]);
    } finally {
      await forge.close();
    }
  });
});

test('an image of a repository that is called as the fleet calls one of another is itself in its leg', () => {
  const listed = (repository: string, own: string) =>
    ({ name: `${repository}/${own}`, repository, level: 1, parents: [], recipe: repository }) as unknown as ListedImage;
  const images = [listed('services', 'api/web'), listed('api', 'web')];
  const leg = { id: '1/1', images: images.map(({ name }) => name) };
  const repositories = ['services', 'api'].map((name) => ({ name }));
  const parts = partsOfLeg({ file: { images, repositories, legs: [leg] } as unknown as RunFile, leg: leg as never });
  expect(parts.map((part) => part.file.images.map(({ name, recipe }) => [name, recipe]))).toEqual([
    [['api/web', 'services']],
    [
      ['services/api/web', 'services'],
      ['web', 'api'],
    ],
  ]);
});
