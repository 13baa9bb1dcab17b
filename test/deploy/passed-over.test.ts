import { expect, test } from 'vitest';
import { client, config, deploymentOf, openShop } from './support.ts';

const controller = (kind: string, name: string) => [{ kind, name, controller: true }];

function pod(name: string, image: string, owners: object = []) {
  return {
    metadata: { name, namespace: 'shop', ownerReferences: owners },
    spec: { containers: [{ name: 'app', image }] },
  };
}

test('a deployment names what runs a promoted release and is of no kind that it changes', async () => {
  const shop = await openShop();
  const items = [
    pod('web-1', shop.old, controller('ReplicaSet', 'web-1')),
    pod('roll-1', shop.old, controller('ReplicaSet', 'roll-1')),
    pod('once-1', shop.old, controller('Job', 'once')),
    pod('bare', shop.old),
    pod('other', shop.old.replace(/1$/, '2')),
    pod('there', shop.wanted),
  ];
  const sets = [
    {
      kind: 'ReplicaSet',
      metadata: { name: 'web-1', namespace: 'shop', ownerReferences: controller('Deployment', 'web') },
    },
    {
      kind: 'ReplicaSet',
      metadata: { name: 'roll-1', namespace: 'shop', ownerReferences: controller('Rollout', 'roll') },
    },
  ];
  const rules = [
    config(),
    client,
    {
      to: 'get deployments.apps --namespace=shop --show',
      answers: [{ stdout: { items: [deploymentOf(shop.wanted)] } }],
    },
    { to: 'get deployments.apps .* web ', answers: [{ stdout: deploymentOf(shop.wanted) }] },
    { to: 'get pods --namespace=shop --output', answers: [{ stdout: { items } }] },
    { to: 'get replicasets.apps ', answers: [{ stdout: { items: sets } }] },
    { to: ' get ', answers: [{ stdout: { items: [] } }] },
  ];
  const { words, conclusion } = await shop.deploy(rules);
  const left = words.split('\n').filter((line) => line.includes('left unchanged'));
  const sentence = (what: string) =>
    `shop: ${what}: app runs ${shop.old} and was left unchanged: objects of this kind are not deployed to`;
  expect(left).toEqual([sentence('rollout shop/roll'), sentence('job shop/once'), sentence('pod shop/bare')]);
  expect(conclusion).toBe('succeeded');
});
