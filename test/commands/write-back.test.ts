import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { startGitHub } from '../support/github.ts';
import { recordInRegistry } from '../support/promotion-records.ts';
import { offer, update } from '../update/update-run.ts';

let server: TestRegistry;
let web: string;
let [former, now] = ['', ''];
beforeEach(async () => {
  server = await startRegistry();
  web = `${server.host}/team/web`;
  former = (await offer(server, 'team/web', '1', { content: 'former' })).digest;
  now = (await offer(server, 'team/web', '1', { content: 'now' })).digest;
  await offer(server, 'team/other', '1');
});
afterEach(() => server.close());

const promoted = { references: 'true', promoted: 'true', format: 'json' };
const write = { ...promoted, write: 'true' };

function recorded(digest: string, tag = '1') {
  return recordInRegistry(server, 'team/web', digest, { tags: [{ reference: `${web}:${tag}` }] });
}

function kustomization(version: string): string {
  return `# of the shop\nimages:\n  - name: web # ours\n    newName: ${web}\n${version}  - {name: other, newName: ${server.host}/team/other, newTag: "1"}\n`;
}

describe('update --references --promoted', () => {
  test('writes the digest of a promotion, and leaves alone what was not promoted', async () => {
    await recorded(now);
    // That the repository publishes the image itself is no reason to leave it alone.
    const own = { 'compose.yaml': `services:\n  b: {build: ., image: "${web}:1"}\n`, Dockerfile: 'FROM scratch\n' };
    const files = { ...own, 'kustomization.yaml': kustomization('    newTag: "1"\n') };
    const ended = await update(server, files, write);
    expect(ended.file('kustomization.yaml')).toBe(kustomization(`    newTag: "1"\n    digest: ${now}\n`));
    expect(ended.document.updates).toMatchObject([{ group: 'promoted-images', kind: 'digest' }]);
    expect(ended.document.unchanged).toMatchObject([{ why: 'not-promoted', reference: `${server.host}/team/other:1` }]);
    expect(ended.conclusion).toBe('succeeded');
  });

  test('moves it with the next promotion, in charts, manifests and Compose', async () => {
    await recorded(now);
    const at = (digest: string) => ({
      'values.yaml': `image:\n  registry: ${server.host}\n  repository: team/web\n  tag: "1"\n  digest: ${digest}\n`,
      'a.yaml': `apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - image: ${web}:1@${digest} # c\n`,
      'compose.yaml': `services:\n  web:\n    image: ${web}:1@${digest}\n`,
      Dockerfile: `FROM ${web}:1@${digest}\n`,
    });
    const ended = await update(server, at(former), write);
    for (const path of ['values.yaml', 'a.yaml', 'compose.yaml'] as const) expect(ended.file(path)).toBe(at(now)[path]);
    expect(ended.file('Dockerfile')).toBe(at(former).Dockerfile);
  });

  test.each([
    ['its tag was moved by something else', () => recorded(former)],
    ['its record is of another tag', () => recorded(now, '2')],
  ])('changes nothing where %s', async (_, record) => {
    await record();
    const before = kustomization('    newTag: "1"\n');
    const ended = await update(server, { 'kustomization.yaml': before }, write);
    expect(ended.file('kustomization.yaml')).toBe(before);
    expect(ended.document.unchanged).toMatchObject([{ why: 'not-promoted' }, { why: 'not-promoted' }]);
  });

  test('proposes it to another repository, on a branch of its own', async () => {
    await recorded(now);
    const github = await startGitHub();
    const files = { 'kustomization.yaml': kustomization('    newTag: "1"\n') };
    github.commit('main', files);
    const inputs = {
      'pull-request': 'true',
      repository: `${github.origin}/acme/shop`,
      'repository-token': 'github-token',
    };
    const ended = await update(server, files, { ...promoted, ...inputs });
    const branch = 'base-image-refresh-promoted/promoted-images';
    expect(ended.document.pullRequests).toMatchObject([{ branch, action: 'opened' }]);
    expect(github.branch(branch)?.files.get('kustomization.yaml')?.text).toContain(`    digest: ${now}\n`);
  });

  test('is about references alone', async () => {
    const ended = await update(server, { Dockerfile: `FROM ${web}:1\n` }, { promoted: 'true' });
    expect(ended.thrown).toBe('--promoted: is given without references; add --references.');
  });
});
