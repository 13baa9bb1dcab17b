import { afterEach, expect, test } from 'vitest';
import { createWorld } from '../../core/world.ts';
import { closeAll, putImage, start } from './harness.ts';
import { openSite, type Site } from './site.ts';

const sites: Site[] = [];
const worlds: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const site of sites.splice(0)) await site.remove();
  for (const world of worlds.splice(0)) await world.close();
  await closeAll();
});

/** What `check` says of ghcr.io/team/web:1, which is for the job only, and which hosts saw the job's token. */
async function checkGhcr(inputs: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}) {
  const access = { '*': { 'the-actor': ['pull'] } } as const;
  const users = { 'the-actor': 'job-token' };
  const realm = 'https://ghcr.io/token';
  const server = await start({ authentication: { kind: 'token', users, access, realm } });
  const site = await openSite(server, 'ghcr.io');
  sites.push(site);
  const world = createWorld();
  worlds.push(world);
  const told = new Set<string>();
  const answer = await site.check(
    { image: 'ghcr.io/team/web:1', ...inputs },
    {
      env: { HOME: '/nonexistent', GITHUB_ACTOR: 'the-actor', ...env },
      http: (request) => {
        const { host, origin } = new URL(request.url);
        if (request.headers.authorization?.startsWith('Basic ')) told.add(host);
        return world.http({ ...request, url: request.url.replace(origin, server.url) });
      },
    },
  );
  return { ...answer, told: [...told] };
}

test.each([
  ['the input github-token', { 'github-token': 'job-token' }, {}],
  ['the environment', {}, { GITHUB_TOKEN: 'job-token' }],
  ['the input, over the environment', { 'github-token': 'job-token' }, { GITHUB_TOKEN: 'another' }],
])('ghcr.io opens by the job’s token of %s, as the job’s actor', async (_name, inputs, env) => {
  const { image, told } = await checkGhcr(inputs, env);
  expect(image.failure).toBeNull();
  expect(image.verdict).toBe('current');
  expect(told).toEqual(['ghcr.io']);
});

test('without it a private image is not called current', async () => {
  const { image, conclusion } = await checkGhcr({});
  expect([image.verdict, image.failure?.code, conclusion]).toEqual(['unknown', 'unauthorised', 'incomplete']);
  expect(image.failure?.remedy).toBe('add credentials for ghcr.io, for example with docker login ghcr.io');
});

test('another registry does not see it', async () => {
  const server = await start({ authentication: { kind: 'basic', users: { 'the-actor': 'job-token' } } });
  putImage(server, 'team/web', '1');
  const site = await openSite(server);
  sites.push(site);
  const { image } = await site.check({ 'github-token': 'job-token' }, { env: { GITHUB_ACTOR: 'the-actor' } });
  expect(image.failure?.code).toBe('unauthorised');
  expect(server.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true);
});

test('an Azure token of the inputs does not leave for another registry', async () => {
  const server = await start({ authentication: { kind: 'basic', users: {} } });
  const site = await openSite(server);
  sites.push(site);
  const { image } = await site.check({ 'azure-token': 'entra-token', 'azure-client-id': 'client' });
  expect(image.failure?.code).toBe('unauthorised');
  expect(JSON.stringify(server.requests)).not.toContain('entra-token');
});
