import { expect, test } from 'vitest';
import { kubeconfigSecrets } from '../../core/deploy/kubeconfig-secrets.ts';
import { client, config, openShop } from './support.ts';

const exec = (args: readonly string[], env: Readonly<Record<string, string>> = {}) => ({
  exec: { args, env: Object.entries(env).map(([name, value]) => ({ name, value })) },
});

test.each<[string, Parameters<typeof kubeconfigSecrets>[0], readonly string[]]>([
  ['a token, a password and a key', { token: 't', password: 'p', 'client-key-data': 'k' }, ['t', 'p', 'k']],
  ['nothing', { token: '', exec: null, 'auth-provider': null }, []],
  ['a variable that is called a secret', exec([], { AAD_SERVICE_PRINCIPAL_CLIENT_SECRET: 'pw' }), ['pw']],
  ['a long variable of any name', exec([], { X: 'abcdefgh-12345678' }), ['abcdefgh-12345678']],
  ['no profile, which logs may name', exec([], { AWS_PROFILE: 'production' }), []],
  ['an option with its value', exec(['get-token', '--client-secret', 'pw', '--login', 'spn']), ['pw']],
  ['an option with its value in one', exec(['--client-secret=p=w', '--tenant-id=t']), ['p=w']],
  ['no option after an option', exec(['--print-token', '--server-id', 's']), []],
  ['an option without a value', exec(['--token']), []],
  [
    'what a provider keeps',
    { 'auth-provider': { config: { 'id-token': 'i', 'refresh-token': 'r', 'client-id': 'kube' } } },
    ['i', 'r'],
  ],
])('%s', (_, user, secrets) => {
  expect(kubeconfigSecrets(user)).toEqual(secrets);
});

test('what a plugin is given is not shown where it repeats it', async () => {
  const shop = await openShop();
  const user = exec(['--client-secret', 'argument-pw'], { CLIENT_SECRET: 'variable-pw' });
  const words = 'error: getting credentials: argument-pw and variable-pw are wrong\n';
  const rules = [config(user), client, { to: ' get ', answers: [{ code: 1, stderr: words }] }];
  const { secrets, conclusion } = await shop.deploy(rules);
  expect(conclusion).toBe('incomplete');
  expect(secrets).toEqual(expect.arrayContaining(['argument-pw', 'variable-pw']));
});
