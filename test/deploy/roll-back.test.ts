import { expect, test } from 'vitest';
import { client, config, deploymentOf, openShop, type Rule, savedReport } from './support.ts';

const former = `sha256:${'f'.repeat(64)}`;
const exceeded = { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' };

/** Deploys to a Deployment that runs the tag, does not come up, and is put back. */
async function failing(previous: string | null, isBackWell = true) {
  const shop = await openShop();
  const name = shop.old.replace(/:1$/, '');
  const promotion = { digest: shop.digest, tags: [{ reference: shop.old, previous }] };
  shop.write('.base-image-refresh/report.json', savedReport(name, shop.digest, { promotion }));
  const back = previous === null ? shop.old : `${name}@${previous}`;
  const broken = { availableReplicas: 0, conditions: [exceeded] };
  const stdout = deploymentOf(shop.wanted, { generation: 2, status: broken });
  const after = deploymentOf(back, { generation: 3, status: isBackWell ? {} : broken });
  const rules: readonly Rule[] = [
    config(),
    client,
    { to: 'get deployments.apps --namespace=shop --show', answers: [{ stdout: { items: [deploymentOf(shop.old)] } }] },
    { to: 'get deployments.apps .* web ', answers: [{ stdout }, { stdout }, { stdout: after }] },
    { to: ' patch ', answers: [{ stdout }, { stdout: after }] },
    { to: ' get ', answers: [{ stdout: { items: [] } }] },
  ];
  const ran = await shop.deploy(rules);
  const patches = shop.calls().flatMap(({ args }) => args.filter((arg) => arg.startsWith('--patch=')));
  const last = JSON.parse(patches.at(-1)?.slice('--patch='.length) ?? '');
  return { ...ran, shop, back, last };
}

test('a promoted tag goes back to the digest that it named before, and the next run knows what it follows', async () => {
  const { workload, back, last, shop, conclusion } = await failing(former);
  expect(workload).toMatchObject({ state: 'rolled-back', why: 'deployment shop/web did not roll out' });
  expect(conclusion).toBe('incomplete');
  expect(last.spec.template.spec.containers).toEqual([{ name: 'app', image: back }]);
  const { annotations } = last.metadata;
  expect(JSON.parse(annotations['base-image-refresh/releases'])).toEqual({ app: `${shop.old}@${former}` });
  expect(annotations['kubernetes.io/change-cause']).toBe(`base-image-refresh: app back to ${back}`);
});

test('where that digest is not known, it is no roll-back', async () => {
  const { workload, last, shop, conclusion } = await failing(null);
  expect(last.spec.template.spec.containers).toEqual([{ name: 'app', image: shop.old }]);
  expect(workload?.state).toBe('failed');
  expect(workload?.failure?.detail).toBe(
    `did not roll out: its progress deadline passed with 0 of 1 replicas available; was put back, but ${shop.old} names the promoted image by now, and what it named before is not known`,
  );
  expect(workload?.failure?.remedy).toBe(
    'set it to an image that works, or take the promotion back with the command rollback',
  );
  expect(conclusion).toBe('incomplete');
});

test('the command for whoever goes on names that digest', async () => {
  const { workload, back } = await failing(former, false);
  expect(workload?.state).toBe('failed');
  expect(workload?.failure?.remedy).toBe(`run kubectl --namespace shop set image deployments.apps/web app=${back}`);
});

test('and no command that would bring the same image back', async () => {
  const { workload, shop } = await failing(null, false);
  expect(workload?.failure?.detail).toContain(`rolling back failed too`);
  expect(workload?.failure?.detail).toContain(`${shop.old} names the promoted image by now`);
  expect(workload?.failure?.remedy).not.toContain(shop.old);
});

test('a change whose answer was lost and that was not made leaves nothing to put back', async () => {
  const shop = await openShop();
  const name = shop.old.replace(/:1$/, '');
  const promotion = { digest: shop.digest, tags: [{ reference: shop.old, previous: former }] };
  shop.write('.base-image-refresh/report.json', savedReport(name, shop.digest, { promotion }));
  const unauthorised = { code: 1, stderr: 'error: You must be logged in to the server (Unauthorized)\n' };
  const { workload } = await shop.deploy([
    config(),
    client,
    { to: 'get deployments.apps --namespace=shop --show', answers: [{ stdout: { items: [deploymentOf(shop.old)] } }] },
    { to: 'get deployments.apps .* web ', answers: [unauthorised, { stdout: deploymentOf(shop.old) }] },
    { to: ' patch ', answers: [{ code: 1, stderr: 'error: unexpected EOF\n' }] },
    { to: ' get ', answers: [{ stdout: { items: [] } }] },
  ]);
  expect(workload).toMatchObject({ state: 'rolled-back', failure: { code: 'unreachable' } });
  expect(shop.calls().filter(({ args }) => args.includes('patch'))).toHaveLength(1);
});
