import { describe, expect, test } from 'vitest';
import { isTrustedRealm, realmUrl } from '../../core/registry/transport/realm.ts';

function endpoint(registry: string, scheme = 'https') {
  return { registry, origin: registry === 'docker.io' ? 'https://registry-1.docker.io' : `${scheme}://${registry}` };
}

describe('token servers that may see a registry’s credentials', () => {
  test.each([
    ['docker.io', 'https://auth.docker.io/token'],
    ['ghcr.io', 'https://ghcr.io/token'],
    ['registry.gitlab.com', 'https://gitlab.com/jwt/auth'],
    ['registry.corp.example', 'https://sso.corp.example/token'],
    ['registry.corp.co.uk', 'https://auth.corp.co.uk/token'],
    ['contoso.azurecr.io', 'https://contoso.azurecr.io/oauth2/token'],
    ['registry.example.com:5000', 'https://registry.example.com:5001/auth'],
    ['10.0.0.5:5000', 'https://10.0.0.5:5001/auth'],
    ['registry', 'https://registry/auth'],
  ])('%s and %s', (registry, realm) => {
    expect(isTrustedRealm(new URL(realm), endpoint(registry))).toBe(true);
  });
});

describe('token servers that may not', () => {
  test.each([
    ['docker.io', 'https://auth.docker.io.evil.example/token'],
    ['ghcr.io', 'https://ghcr.io.evil.example/token'],
    ['ghcr.io', 'https://github.com/token'],
    ['contoso.azurecr.io', 'https://evil.azurecr.io/oauth2/token'],
    ['contoso.azurecr.io', 'https://login.microsoftonline.com/token'],
    ['1.dkr.ecr.eu-central-1.amazonaws.com', 'https://2.dkr.ecr.eu-central-1.amazonaws.com/'],
    ['1.dkr.ecr.eu-central-1.amazonaws.com', 'https://evil.s3.amazonaws.com/token'],
    ['acme.jfrog.io', 'https://evil.jfrog.io/token'],
    ['registry.corp.co.uk', 'https://evil.co.uk/token'],
    ['acme.github.io', 'https://evil.github.io/token'],
    ['10.0.0.5:5000', 'https://10.0.0.6/auth'],
    ['registry', 'https://evil/auth'],
    ['localhost:5000', 'https://127.0.0.1:5001/auth'],
  ])('%s and %s', (registry, realm) => {
    expect(isTrustedRealm(new URL(realm), endpoint(registry))).toBe(false);
  });
});

describe('token servers that are not asked at all', () => {
  test.each([
    ['https', 'http://169.254.169.254/metadata', /plain HTTP/],
    ['https', 'http://auth.example.com/token', /plain HTTP/],
    ['https', 'file:///etc/passwd', /not a web address/],
    ['https', 'https://user:password@registry.example.com/token', /not a web address/],
    ['https', 'http://[', /not a web address/],
    ['http', 'http://169.254.169.254/metadata', /plain HTTP/],
  ])('of an %s registry: %s', (scheme, realm, message) => {
    expect(() => realmUrl(realm, endpoint('registry.example.com', scheme), ['registry.example.com'])).toThrow(message);
  });

  test('a loopback registry may have one on loopback', () => {
    expect(realmUrl('http://localhost:5001/token', endpoint('127.0.0.1:5000', 'http'), []).href).toBe(
      'http://localhost:5001/token',
    );
  });
});
