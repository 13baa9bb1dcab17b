import { describe, expect, test } from 'vitest';
import { useBundles } from '../hosts/bundles.ts';
import { hostEnvironment, readEnvironmentFile } from '../hosts/environment.ts';
import { azureLogCommands, githubLogCommands } from '../hosts/log-grammar.ts';
import { runProcess } from '../hosts/run.ts';
import { client, config, deploymentOf, openShop, type Rule } from './support.ts';

/** Rules under which the one Deployment runs the old image and its patch is answered so. */
async function shopWith(answer: (shop: Awaited<ReturnType<typeof openShop>>) => Rule['answers']) {
  const shop = await openShop();
  const listed = {
    to: 'get deployments.apps --namespace=shop --show',
    answers: [{ stdout: { items: [deploymentOf(shop.old)] } }],
  };
  const after = {
    to: 'get deployments.apps .* web ',
    answers: [{ stdout: deploymentOf(shop.wanted, { generation: 2 }) }],
  };
  const none = { to: ' get ', answers: [{ stdout: { items: [] } }] };
  shop.write('answers.json', [config(), client, listed, after, { to: ' patch ', answers: answer(shop) }, none]);
  return shop;
}

describe('on every host', () => {
  const bundles = useBundles();

  test('the command line deploys what its folder tells of', async () => {
    const shop = await shopWith(({ wanted }) => [{ stdout: deploymentOf(wanted, { generation: 2 }) }]);
    const env = { PATH: shop.bin, HOME: shop.folder };
    const ran = await runProcess(process.execPath, [bundles().cli, 'deploy'], { env, cwd: shop.folder });
    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.stdout.replace(/\s+/g, ' ')).toContain('web: shop: deployment shop/web rolled out in');
    expect(ran.stdout).toContain('1 image: 1 promoted and deployed.');
  });

  test.each(['github', 'azure'] as const)('%s gets the output, and no command from a cluster', async (kind) => {
    const hostile = 'Error from server: denied\n::error::x\n##vso[task.complete result=Succeeded]y\n';
    const shop = await shopWith(() => [{ code: 1, stderr: hostile }]);
    const environment = hostEnvironment(kind, { command: 'deploy' });
    const env = { ...environment.env, PATH: shop.bin };
    const bundle = kind === 'github' ? bundles().action : bundles().task;
    const ran = await runProcess(process.execPath, [bundle], { env, cwd: shop.folder });
    const log = `${ran.stdout}\n${ran.stderr}`;
    expect(log).toContain('denied');
    if (kind === 'github') {
      expect(ran.code).toBe(1);
      expect(readEnvironmentFile(environment.file('OUTPUT')).deployment).toBe('failed');
      const shown = ['error', 'warning', 'notice', 'debug'];
      const others = githubLogCommands(log).filter(({ name }) => !shown.includes(name));
      expect(others.map(({ name, data }) => [name, data])).toEqual([['add-mask', 'a-bearer-token']]);
      expect(log).not.toMatch(/^::error::x/m);
    } else {
      expect(log).toMatch(/##vso\[task\.setvariable variable=deployment;[^\]]*\]failed/);
      expect(azureLogCommands(log).filter(({ name }) => name === 'task.complete')).toHaveLength(1);
      expect(log).toMatch(/##vso\[task\.complete result=Failed/);
    }
  });
});
