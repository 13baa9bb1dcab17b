import { expect, test } from 'vitest';
import { pushFindings } from '../../core/doctor/registries/findings.ts';
import { digestOf } from '../../core/oci/digest.ts';
import { grantedActions, type PushAccess } from '../../core/registry/push-access.ts';
import { read } from './support.ts';

test.each<[PushAccess, string]>([
  [{ kind: 'granted' }, 'ok h/web:1: push is allowed, according to the token of h'],
  [
    { kind: 'not-granted', actions: ['pull'] },
    'problem h/web:1: push is not allowed: the token is for pull; add credentials for h',
  ],
  [
    { kind: 'not-granted', actions: [], source: 'the inputs' },
    'problem h/web:1: push is not allowed: the token is for nothing there; let the credentials from the inputs push there',
  ],
])('what a token says of pushing: %j', (push, wanted) => {
  const published = { kind: 'done', value: digestOf('') } as const;
  const credential = { kind: 'done', value: undefined } as const;
  expect(read(pushFindings([{ reference: 'h/web:1', host: 'h', credential, published, push }]))).toEqual([wanted]);
});

const jwt = (claims: object) => `Bearer e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;
const access = (name: string, actions: unknown) => jwt({ access: [{ type: 'repository', name, actions }] });
test.each<[string, string | undefined, readonly string[] | undefined]>([
  ['for pull and push', access('team/web', ['pull', 'push']), ['pull', 'push']],
  ['for pull alone', access('team/web', ['pull']), ['pull']],
  ['for another repository', access('team/api', ['push']), []],
  ['for nothing', jwt({ access: [] }), []],
  ['of odd actions', access('team/web', 'push'), []],
  ['without access', jwt({ sub: 'ci' }), undefined],
  ['that is opaque', 'Bearer djE6Z2hjcg==', undefined],
  ['that is no JSON', 'Bearer e30.%%%.c2ln', undefined],
  ['of the Basic scheme', 'Basic Y2k6cHc=', undefined],
  ['that is none', undefined, undefined],
])('a token %s', (_, header, wanted) => {
  expect(grantedActions(header, 'team/web')).toEqual(wanted);
});
