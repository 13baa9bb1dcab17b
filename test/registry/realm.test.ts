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
    ['registry.example.com:5000', 'https://registry.example.com:5000/auth'],
    // GitLab: the registry has a port of its own, and GitLab that of HTTPS.
    ['gitlab.example.com:5050', 'https://gitlab.example.com/jwt/auth'],
    ['10.0.0.5:5000', 'https://10.0.0.5:5000/auth'],
    ['registry', 'https://registry:443/auth'],
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
    ['registry.example.com:5000', 'https://registry.example.com:5001/auth'],
    ['registry.example.com', 'https://registry.example.com:8443/auth'],
    ['registry.example.com', 'https://auth.example.com:8443/auth'],
    ['10.0.0.5:5000', 'https://10.0.0.5:5001/auth'],
  ])('%s and %s', (registry, realm) => {
    expect(isTrustedRealm(new URL(realm), endpoint(registry))).toBe(false);
  });
});

describe('token servers that the run allows', () => {
  test.each([
    ['registry.example.com:5000', 'https://registry.example.com:5001/auth', 'registry.example.com:5001'],
    ['registry.example.com', 'https://sso.stranger.example/auth', 'sso.stranger.example'],
    ['registry.example.com', 'https://sso.stranger.example/auth', 'sso.stranger.example:443'],
  ])('%s and %s by %s', (registry, realm, allowed) => {
    expect(isTrustedRealm(new URL(realm), endpoint(registry), [allowed])).toBe(true);
  });

  test.each([
    ['https://registry.example.com:5002/auth', 'registry.example.com:5001'],
    ['https://registry.example.com:5001/auth', 'registry.example.com'],
    ['https://evil.example:5001/auth', 'registry.example.com:5001'],
  ])('are not %s by %s', (realm, allowed) => {
    expect(isTrustedRealm(new URL(realm), endpoint('registry.example.com'), [allowed])).toBe(false);
  });

  test('an unencrypted registry on loopback has no other port either', () => {
    const realm = new URL('http://127.0.0.1:5001/token');
    expect(isTrustedRealm(realm, endpoint('127.0.0.1:5000', 'http'))).toBe(false);
    expect(isTrustedRealm(realm, endpoint('127.0.0.1:5000', 'http'), ['127.0.0.1:5001'])).toBe(true);
    expect(isTrustedRealm(new URL('http://127.0.0.1/token'), endpoint('127.0.0.1:5000', 'http'))).toBe(false);
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
