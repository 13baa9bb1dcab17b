import { createHash, generateKeyPairSync, verify } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import type { RunFile } from '../../core/fleet/run-file.ts';
import type { RefreshReport } from '../../core/report/report.ts';
import { useBundles } from '../hosts/bundles.ts';
import { runHere } from '../support/command-line.ts';
import { startForgeServer } from '../support/forge-server.ts';
import { type GitServer, startGitServer } from './git-server.ts';
import { callWorkflow } from './github.ts';
import { type FleetImage, type FleetSite, forgeRecord, openFleet, tags } from './site.ts';

vi.setConfig({ testTimeout: 600_000 });
let site: FleetSite;
let git: GitServer;
const bundles = useBundles();
afterEach(async () => {
  await site.close();
  await git.close();
});

/** How many repositories there are; 300 where that is asked for. */
const many = Number(process.env.BIR_FLEET_REPOSITORIES ?? 12);

/** A repository for each image of a site, which says itself how its image is built and where it is released. */
async function openRepositories(images: readonly FleetImage[]) {
  site = await openFleet(images);
  git = await startGitServer();
  const settings = JSON.parse(readFileSync(site.settings, 'utf8'));
  const commits = new Map(
    images.map(({ name }) => {
      const own = { name, dockerfile: 'Dockerfile', image: site.repository(name) };
      const files = {
        '.base-image-refresh.yml': JSON.stringify({ ...settings, images: [own] }),
        Dockerfile: readFileSync(join(site.folder, `${name}.Dockerfile`), 'utf8'),
        [`srv/${name}`]: name,
        'large.bin': 'x'.repeat(4096),
      };
      return [name, git.add(name, files)] as const;
    }),
  );
  site.registry.forgetRequests();
  return commits;
}

function bir(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const own = { PATH: '/usr/bin:/bin', HOME: join(site.folder, '..'), TMPDIR: tmpdir(), ...env };
  return runHere(args, { cwd: site.folder, env: own });
}

function fleet(text: string): void {
  writeFileSync(join(site.folder, 'fleet.yml'), text);
}

const json = <T>(path: string): T => JSON.parse(readFileSync(join(site.folder, path), 'utf8'));
const allow = '--allow=scanner-command';

async function plan(args: readonly string[] = [], env = {}) {
  const ended = await bir(['plan', '--fleet=fleet.yml', '--output-dir=out/plan', allow, ...args], env);
  return { ...ended, run: json<RunFile>('out/plan/run.json'), report: json<RefreshReport>('out/plan/report.json') };
}

async function leg(shard: string, digest: string, args: readonly string[] = [], env = {}) {
  const output = `out/legs/${shard.replace('/', '-')}`;
  const named = ['--run=out/plan/run.json', `--run-digest=${digest}`, `--shard=${shard}`, `--output-dir=${output}`];
  return bir(['refresh', ...named, allow, ...args], env);
}

function digestOfRun(): string {
  return `sha256:${createHash('sha256')
    .update(readFileSync(join(site.folder, 'out/plan/run.json')))
    .digest('hex')}`;
}

const manifestsAsked = (repository: string) =>
  site.registry.requests.filter(({ path }) => path.startsWith(`/v2/${repository}/manifests/`));

test(`${many} repositories of an organisation are checked once, planned together and refreshed leg by leg`, async () => {
  const apps = Array.from({ length: many - 1 }, (_, at) => ({
    name: `app-${at}`,
    ...(at % 3 === 0 ? { on: 'golden' } : {}),
  }));
  const commits = await openRepositories([{ name: 'golden' }, ...apps]);
  const listed = ['golden', ...apps.map(({ name }) => name)];
  const archived = { name: 'old', clone_url: git.address('old'), archived: true };
  // An organisation has repositories without images, which are nothing that is wrong.
  git.add('handbook', { 'README.md': 'Welcome' });
  const there = [archived, ...['handbook', ...listed].map((name) => ({ name, clone_url: git.address(name) }))];
  const forge = await startForgeServer(({ path, query }) => {
    const from = 100 * (Number(query.get('page')) - 1);
    return path === '/orgs/acme/repos' ? { status: 200, body: there.slice(from, from + 100) } : { status: 404 };
  });
  try {
    fleet(`github:\n  organization: acme\n  api: ${forge.origin}\n`);
    const began = Date.now();
    const planned = await plan(['--shards=4']);
    expect(planned.code, planned.stderr).toBe(0);
    expect(planned.stderr).toContain('handbook: no image is built here');
    const cloned = planned.run.repositories?.filter(({ name }) => name !== 'handbook') ?? [];
    expect([planned.run.totals.planned, cloned.length]).toEqual([many, many]);
    expect(cloned.every(({ name, commit }) => commits.get(name) === commit)).toBe(true);
    // The base of all of them is asked for once, whatever the number of repositories; nothing is cloned but what says how images are built.
    expect(manifestsAsked('library/base').filter(({ method }) => method === 'HEAD')).toHaveLength(1);
    expect(git.requests.length).toBeLessThanOrEqual(6 * (many + 1));
    const perImage = site.registry.requests.length / many;
    expect(perImage).toBeLessThan(14);
    const child = planned.run.images.find(({ name }) => name === 'app-0/app-0');
    expect([child?.parents, child?.level]).toEqual([['golden/golden'], 2]);
    const inventory = await bir(['check', '--fleet=fleet.yml', '--output-dir=inventory', allow]);
    expect(inventory.code, inventory.stderr).toBe(0);
    const known = json<RefreshReport>('inventory/report.json').images;
    // What stands on golden is as golden was released.
    const verdicts = Object.fromEntries(
      known.map(({ name, verdict, bases }) => [name.split('/')[0], [verdict, bases.length]]),
    );
    const onGolden = (name: string) => 'on' in (apps.find((app) => app.name === name) ?? {});
    expect(verdicts).toEqual(
      Object.fromEntries(listed.map((name) => [name, [onGolden(name) ? 'current' : 'stale', 1]])),
    );
    const digest = digestOfRun();
    for (const { id } of planned.run.legs) {
      const ended = await leg(id, digest);
      expect([id, ended.code], ended.stderr).toEqual([id, 0]);
    }
    const ended = await bir(['report', 'out', '--output-dir=merged', `--run-digest=${digest}`]);
    expect(ended.code, ended.stderr).toBe(0);
    const merged = json<RefreshReport>('merged/report.json');
    expect(merged.images.map(({ name }) => name).toSorted()).toEqual(
      listed.map((name) => `${name}/${name}`).toSorted(),
    );
    for (const { name, promotion } of merged.images) {
      const short = name.split('/')[0] ?? '';
      expect(tags.map((tag) => site.released(short, tag))).toEqual([promotion?.digest, promotion?.digest]);
      expect(site.wasScanned(short, promotion?.digest)).toBe(true);
      expect(promotion?.digest).not.toBe(site.old.get(short));
    }
    if (many >= 300)
      console.info(
        `${many} repositories: ${Date.now() - began} ms, ${git.requests.length} requests of git, ${perImage} of the registry for an image`,
      );
    const again = await plan();
    expect([again.code, again.run.totals.planned, again.run.totals.current]).toEqual([0, 0, many]);
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('base-image-refresh-fleet'))).toEqual([]);
  } finally {
    await forge.close();
  }
});

test('what legs of a fleet report together is what one run over one repository reports', async () => {
  const family = [{ name: 'golden' }, { name: 'web', on: 'golden' }, { name: 'api', on: 'web' }, { name: 'docs' }];
  await openRepositories(family);
  fleet(`repositories: [${family.map(({ name }) => git.address(name)).join(', ')}]\n`);
  await plan(['--shards=2']);
  const digest = digestOfRun();
  for (const { id } of json<RunFile>('out/plan/run.json').legs) expect((await leg(id, digest)).code).toBe(0);
  await bir(['report', 'out', '--output-dir=merged']);
  const merged = outcomes(json<RefreshReport>('merged/report.json'), site);
  await site.close();
  site = await openFleet(family);
  expect((await site.bir(['refresh', '--output-dir=single'])).code).toBe(0);
  expect(merged).toEqual(outcomes(json<RefreshReport>('single/report.json'), site));
  expect(merged.map(([name]) => name)).toEqual(['api', 'docs', 'golden', 'web']);
});

// Save times, digests, which have the address of their registry in them, and whether a later level found its base moved yet.
function outcomes({ images }: RefreshReport, { registry }: FleetSite) {
  const text = JSON.stringify(
    images.map(({ name, bases, build, gate, promotion, failure }) => [
      name.split('/').at(-1),
      { failure, engine: build?.engine, gate, tags: promotion?.tags.map(({ reference }) => reference) },
      bases.map((base) => [base.reference, base.evidence, base.confidence]),
      build?.pinned.map(({ reference }) => reference),
    ]),
  );
  const plain = text.replaceAll(registry.host, 'HOST').replace(/sha256:[0-9a-f]{64}/g, 'DIGEST');
  return (JSON.parse(plain) as [string, ...unknown[]][]).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

test('the reusable workflow does a fleet as it does one repository', async () => {
  await openRepositories([{ name: 'golden' }, { name: 'web', on: 'golden' }]);
  const own = (name: string) => `{ url: ${git.address(name)}, inputs: { allow: scanner-command } }`;
  fleet(`repositories: [${own('golden')}, ${own('web')}]\n`);
  const artifacts = join(site.folder, '../night');
  mkdirSync(artifacts);
  const machine = { action: bundles().action, workspace: site.folder, artifacts };
  const ends = await callWorkflow(machine, '.github/workflows/refresh.yml', { fleet: 'fleet.yml' });
  expect(ends.report).toMatchObject({ result: 'success', outputs: { stale: 'false', counts: '{"promoted":2}' } });
  for (const name of ['golden', 'web']) expect(site.released(name)).not.toBe(site.old.get(name));
});

test('each repository is read with a token for itself alone, which stands in no file', async () => {
  await openRepositories([{ name: 'web' }, { name: 'api' }]);
  const minted: unknown[] = [];
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const forge = await startForgeServer(({ path, headers, body }) => {
    const [head, claims, signature = ''] = String(headers.authorization).replace('Bearer ', '').split('.');
    const isSigned = verify(
      'RSA-SHA256',
      Buffer.from(`${head}.${claims}`),
      publicKey,
      Buffer.from(signature, 'base64url'),
    );
    if (path !== '/app/installations/7/access_tokens' || !isSigned) return { status: 401 };
    minted.push(body);
    const [repository] = (body as { repositories?: string[] }).repositories ?? [];
    return { status: 201, body: { token: `only-for-${repository}` } };
  });
  git.protect('web', 'only-for-web');
  git.protect('api', 'only-for-api');
  const key = { APP_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
  try {
    fleet(
      `repositories: [${git.address('web')}, ${git.address('api')}]\napp: { id: 1, installation: 7, key-env: APP_KEY, api: ${forge.origin} }\n`,
    );
    const planned = await plan([], key);
    expect(planned.code, planned.stderr).toBe(0);
    minted.length = 0;
    git.authorized.clear();
    const [first] = planned.run.legs;
    const ended = await leg(first?.id ?? '', digestOfRun(), ['--fleet=fleet.yml'], key);
    expect(ended.code, ended.stderr).toBe(0);
    const repository = planned.run.images.find(({ name }) => first?.images.includes(name))?.repository;
    expect(minted).toEqual([{ repositories: [repository], permissions: { contents: 'read' } }]);
    expect([...git.authorized.keys()]).toEqual([repository]);
    for (const text of [readFileSync(join(site.folder, 'out/plan/run.json'), 'utf8'), planned.stderr, ended.stderr])
      expect(text).not.toContain('only-for');
  } finally {
    await forge.close();
  }
});

test('what one repository lacks stops no other, and what two of them release is refused in both', async () => {
  await openRepositories([{ name: 'web' }, { name: 'api' }, { name: 'docs' }]);
  const twin = { ...JSON.parse(readFileSync(site.settings, 'utf8')), engine: 'rebase' };
  const images = [{ name: 'twin', dockerfile: 'Dockerfile', image: site.repository('docs') }];
  const base = readFileSync(join(site.folder, 'docs.Dockerfile'), 'utf8');
  git.add('twin', { '.base-image-refresh.yml': JSON.stringify({ ...twin, images }), Dockerfile: base });
  git.add('broken', { '.base-image-refresh.yml': 'tgas: 1', Dockerfile: base });
  // Neither moves the tag that both of their rules choose.
  const rule = {
    image: site.repository('api'),
    'tag-rule': { pattern: ['{number}'] },
    tags: ['{number}', '{number}-{date}'],
  };
  for (const name of ['one', 'two']) {
    const ruled = { ...twin, images: [{ name, dockerfile: 'Dockerfile', ...rule }] };
    git.add(name, { '.base-image-refresh.yml': JSON.stringify(ruled), Dockerfile: base });
  }
  fleet(
    `repositories:\n  - ${git.address('web')}\n  - { url: ${git.address('api')}, ref: none }\n${['docs', 'twin', 'one', 'two', 'broken', 'gone'].map((name) => `  - ${git.address(name)}\n`).join('')}`,
  );
  const { code, run: planned, report } = await plan();
  expect(code).toBe(3);
  expect(planned.images.map(({ name, state }) => [name, state]).toSorted()).toEqual([
    ['docs/docs', 'unknown'],
    ['one/one', 'unknown'],
    ['twin/twin', 'unknown'],
    ['two/two', 'unknown'],
    ['web/web', 'planned'],
  ]);
  const why = (image: string) => planned.images.find(({ name }) => name === image)?.failure?.detail;
  expect(why('docs/docs')).toBe('is released under the same tag as twin/twin');
  expect(why('one/one')).toBe('is released under the same tag as two/two');
  expect(why('two/two')).toBe('is released under the same tag as one/one');
  expect(report.failures.map(({ subject, detail }) => `${subject} ${detail}`).toSorted()).toEqual([
    expect.stringMatching(/^.*\.base-image-refresh\.yml:1 .*tgas/),
    expect.stringMatching(/^http.*api\.git has no none/),
    expect.stringMatching(/^http.*gone\.git git clone .*/),
  ]);
});

test('an inventory has every image with its base, its age and its verdict, and names the repositories that failed', async () => {
  await openRepositories([{ name: 'golden' }, { name: 'web', on: 'golden' }]);
  const base = readFileSync(join(site.folder, 'golden.Dockerfile'), 'utf8');
  git.add('broken', { '.base-image-refresh.yml': 'tgas: 1', Dockerfile: base });
  git.add('unnamed', { Dockerfile: base, CODEOWNERS: '* @acme/web\n' });
  git.add('unbuilt', { '.base-image-refresh.yml': `images: [{ image: "${site.repository('golden')}:1" }]` });
  git.add('handbook', { 'README.md': 'Welcome' });
  const names = ['golden', 'web', 'broken', 'unnamed', 'unbuilt', 'handbook', 'gone'];
  fleet(`repositories: [${names.map((name) => git.address(name)).join(', ')}]\n`);
  const { code, stdout, stderr } = await bir(['check', '--fleet=fleet.yml', '--output-dir=out', allow]);
  // What is wrong in a repository is nothing that is wrong with the arguments of the run.
  expect(code, stderr).toBe(3);
  const report = json<RefreshReport>('out/report.json');
  const on = `${site.registry.host}/library/base:1`;
  expect(
    report.images
      .map(({ name, dockerfile, verdict, bases: [one] }) => [name, dockerfile, verdict, one?.reference])
      .toSorted(),
  ).toEqual([
    ['golden/golden', 'golden/Dockerfile', 'stale', on],
    [`unbuilt/${site.repository('golden')}:1`, '', 'stale', on],
    ['unnamed/unnamed', 'unnamed/Dockerfile', 'unknown', undefined],
    ['web/web', 'web/Dockerfile', 'current', `${site.repository('golden')}:1`],
  ]);
  expect(report.images.find(({ name }) => name === 'unnamed/unnamed')?.owners).toEqual(['@acme/web']);
  const failed = [
    'broken/.base-image-refresh.yml:1: tgas is not a key',
    'handbook: no Dockerfile was found',
    `${git.address('gone')}: git clone ended`,
  ];
  expect(report.failures.map(({ subject, detail }) => `${subject}: ${detail}`).toSorted()).toEqual(
    failed.map((words) => expect.stringContaining(words)),
  );
  const html = readFileSync(join(site.folder, 'out/report.html'), 'utf8').replace(/<wbr>|<[^>]*>/g, ' ');
  for (const page of [stdout, html]) {
    for (const words of failed) expect(page.replace(/\s+/g, ' ')).toContain(words.split(': ')[0]);
    expect(page).toMatch(/golden\/golden\s+stale[\s\S]*?\d+ days ago/);
    expect(page).not.toContain(tmpdir());
  }
  // No finding is shown in a file of the repository that has fleet.yml.
  const sarif = readFileSync(join(site.folder, 'out/report.sarif'), 'utf8');
  expect(sarif).toContain('"golden/Dockerfile"');
  expect(sarif).not.toContain('"uri": "Dockerfile"');
});

test('a leg of a fleet takes the commit of the plan, and only the very file that the plan wrote', async () => {
  const commits = await openRepositories([{ name: 'web' }]);
  fleet(`repositories: [${git.address('web')}]\n`);
  await plan();
  // Pushed over since: the commit of the plan is on no branch any more.
  git.add('web', { Dockerfile: 'FROM scratch\n' });
  const refused = await bir(['refresh', '--run=out/plan/run.json', '--shard=1/1', '--output-dir=none', allow]);
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('is of a fleet and says what is cloned')]);
  const ended = await leg('1/1', digestOfRun());
  expect(ended.code, ended.stderr).toBe(0);
  expect(json<RunFile>('out/plan/run.json').repositories?.[0]?.commit).toBe(commits.get('web'));
  expect(site.released('web')).not.toBe(site.old.get('web'));
  fleet('repositories: []\n');
  expect((await plan()).stderr).toContain('fleet.yml: names no repositories');
  fleet('repositories: ["--upload-pack=touch x"]\n');
  expect((await plan()).stderr).toContain('is no address such as https://HOST/OWNER/NAME');
});

test('what a leg left nothing of is promoted by no record that its repository would not take', async () => {
  await openRepositories([{ name: 'web' }, { name: 'api' }]);
  const settings = JSON.parse(readFileSync(site.settings, 'utf8'));
  const images = [{ name: 'web', dockerfile: 'Dockerfile', image: site.repository('web') }];
  const own = { ...settings, images, 'verify-attestations': [{ match: '**', key: 'cosign.pub' }] };
  const dockerfile = readFileSync(join(site.folder, 'web.Dockerfile'), 'utf8');
  git.add('web', { '.base-image-refresh.yml': JSON.stringify(own), Dockerfile: dockerfile, 'cosign.pub': 'key' });
  fleet(`repositories: [${git.address('web')}, ${git.address('api')}]\n`);
  const planned = await plan();
  expect(planned.run.totals.planned, planned.stderr).toBe(2);
  expect((await site.bir(['refresh', '--output-dir=elsewhere'])).code).toBe(0);
  for (const { name, recipe } of planned.run.images) {
    const [short = ''] = name.split('/');
    forgeRecord(site, short, site.released(short) ?? '', recipe);
  }
  expect((await bir(['report', 'out', '--output-dir=merged'])).code).toBe(3);
  const lines = json<RefreshReport>('merged/report.json').images;
  expect(
    Object.fromEntries(lines.map(({ name, promotion, failure }) => [name, promotion?.digest ?? failure?.detail])),
  ).toEqual({
    'api/api': site.released('api'),
    'web/web': expect.stringMatching(/^leg \d\/2 left nothing, and what the registry records is not taken here/),
  });
});
