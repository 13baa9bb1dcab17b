import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { recordInRegistry } from '../support/promotion-records.ts';
import { offer, update } from '../update/update-run.ts';
import { describeWith, program } from './setup/parts.ts';

const manifest = (image: string) =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: app\n          image: ${image}\n`;

describeWith(['kubectl'], 'a promotion that was written back', () => {
  let server: TestRegistry;
  let [web, digest] = ['', ''];
  beforeAll(async () => {
    server = await startRegistry();
    web = `${server.host}/team/web`;
    digest = (await offer(server, 'team/web', '1')).digest;
    await recordInRegistry(server, 'team/web', digest, { tags: [{ reference: `${web}:1` }] });
  });
  afterAll(() => server?.close());

  function kubectl(...args: readonly string[]): string {
    const done = spawnSync(program('kubectl', 'kubectl'), args, { encoding: 'utf8' });
    if (done.status !== 0) throw new Error(done.stderr);
    return done.stdout;
  }

  async function writtenBack(files: Readonly<Record<string, string>>): Promise<string> {
    const ended = await update(server, files, { references: 'true', promoted: 'true', write: 'true' });
    expect(ended.conclusion, ended.lines.join('\n')).toBe('succeeded');
    return ended.root;
  }

  test('is what kustomize builds', async () => {
    const root = await writtenBack({
      'base/web.yaml': manifest('web'),
      'base/kustomization.yaml': 'resources: [web.yaml]\n',
      'shop/kustomization.yaml': `resources: [../base]\nimages:\n- name: web\n  newName: ${web}\n  newTag: "1"\n`,
    });
    expect(kubectl('kustomize', join(root, 'shop'))).toContain(`image: ${web}:1@${digest}\n`);
  });

  test('is what kubectl reads of a manifest', async () => {
    const root = await writtenBack({ 'web.yaml': manifest(`${web}:1`) });
    const read = kubectl('label', '--local', '--dry-run=client', '-f', join(root, 'web.yaml'), 'a=b', '-o', 'json');
    expect(JSON.parse(read).spec.template.spec.containers[0].image).toBe(`${web}:1@${digest}`);
  });
});
