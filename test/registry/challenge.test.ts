import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseChallenges } from '../../core/registry/auth/challenge.ts';
import { chooseScheme, demandedScopes, narrowedScopes } from '../../core/registry/auth/challenge-answer.ts';
import { formatScope } from '../../core/registry/auth/scope.ts';

function parsed(header: string) {
  return parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);
}

describe('challenges of WWW-Authenticate', () => {
  test.each([
    ['Basic realm="x"', [['basic', { realm: 'x' }]]],
    ['Basic', [['basic', {}]]],
    [
      'Basic, Bearer realm="r"',
      [
        ['basic', {}],
        ['bearer', { realm: 'r' }],
      ],
    ],
    [
      'Bearer realm="https://a/t",service="s",scope="repository:a/b:pull,push", Basic realm="c, d"',
      [
        ['bearer', { realm: 'https://a/t', service: 's', scope: 'repository:a/b:pull,push' }],
        ['basic', { realm: 'c, d' }],
      ],
    ],
    [
      'Negotiate YWJj==, Basic realm="x"',
      [
        ['negotiate', {}],
        ['basic', { realm: 'x' }],
      ],
    ],
    ['BEARER REALM="https://a/t" , Service = s', [['bearer', { realm: 'https://a/t', service: 's' }]]],
    ['Bearer realm=https://a/t,service=s', [['bearer', { realm: 'https://a/t', service: 's' }]]],
    ['Bearer realm="a \\"quoted\\" realm"', [['bearer', { realm: 'a "quoted" realm' }]]],
    ['Bearer realm="never closed', [['bearer', { realm: 'never closed' }]]],
    ['Bearer realm="first",realm="second"', [['bearer', { realm: 'first' }]]],
    [
      'Digest qop="auth",nonce="n", Bearer realm="r"',
      [
        ['digest', { qop: 'auth', nonce: 'n' }],
        ['bearer', { realm: 'r' }],
      ],
    ],
    ['', []],
    [',,, ', []],
    ['"realm"', [['realm', {}]]],
  ])('%s', (header, challenges) => {
    expect(parsed(header)).toEqual(challenges);
  });

  test('any text is read to its end', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 400 }), (header) => {
        for (const { scheme } of parseChallenges(`Bearer realm="r" ${header}`)) expect(scheme).not.toBe('');
      }),
      { numRuns: 2000 },
    );
  });
});

const origins: Readonly<Record<string, string>> = { 'docker.io': 'https://registry-1.docker.io' };

function endpoint(registry: string) {
  return { registry, origin: origins[registry] ?? `https://${registry}` };
}

/** What registries answer to GET /v2/ or to a manifest without authorization. */
const shapes: readonly (readonly [string, string, string, object])[] = [
  [
    'Docker Hub',
    'docker.io',
    'Bearer realm="https://auth.docker.io/token",service="registry.docker.io"',
    { kind: 'bearer', realm: 'https://auth.docker.io/token', service: 'registry.docker.io' },
  ],
  [
    'GHCR, with a placeholder for a scope',
    'ghcr.io',
    'Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:user/image:pull"',
    { kind: 'bearer', realm: 'https://ghcr.io/token', service: 'ghcr.io' },
  ],
  [
    'ACR, both ways',
    'contoso.azurecr.io',
    'Bearer realm="https://contoso.azurecr.io/oauth2/token",service="contoso.azurecr.io", Basic realm="contoso.azurecr.io"',
    { kind: 'bearer', realm: 'https://contoso.azurecr.io/oauth2/token', service: 'contoso.azurecr.io' },
  ],
  [
    'ECR',
    '123456789012.dkr.ecr.eu-central-1.amazonaws.com',
    'Basic realm="https://123456789012.dkr.ecr.eu-central-1.amazonaws.com/",service="ecr.amazonaws.com"',
    { kind: 'basic' },
  ],
  [
    'ECR public',
    'public.ecr.aws',
    'Bearer realm="https://public.ecr.aws/token/",service="public.ecr.aws",scope="aws"',
    { kind: 'bearer', realm: 'https://public.ecr.aws/token/', service: 'public.ecr.aws' },
  ],
  [
    'Quay',
    'quay.io',
    'Bearer realm="https://quay.io/v2/auth",service="quay.io"',
    { kind: 'bearer', realm: 'https://quay.io/v2/auth', service: 'quay.io' },
  ],
  [
    'Google Artifact Registry',
    'europe-docker.pkg.dev',
    'Bearer realm="https://europe-docker.pkg.dev/v2/token",service="europe-docker.pkg.dev"',
    { kind: 'bearer', realm: 'https://europe-docker.pkg.dev/v2/token', service: 'europe-docker.pkg.dev' },
  ],
  [
    'Harbor',
    'harbor.example.com',
    'Bearer realm="https://harbor.example.com/service/token",service="harbor-registry"',
    { kind: 'bearer', realm: 'https://harbor.example.com/service/token', service: 'harbor-registry' },
  ],
  [
    'Harbor behind a proxy that ends TLS',
    'harbor.example.com',
    'Bearer realm="http://harbor.example.com/service/token",service="harbor-registry"',
    { kind: 'bearer', realm: 'https://harbor.example.com/service/token', service: 'harbor-registry' },
  ],
  [
    'Artifactory, a token server for each repository',
    'acme.jfrog.io',
    'Bearer realm="https://acme.jfrog.io/artifactory/api/docker/docker-local/v2/token",service="acme.jfrog.io",scope="repository:app:pull"',
    {
      kind: 'bearer',
      realm: 'https://acme.jfrog.io/artifactory/api/docker/docker-local/v2/token',
      service: 'acme.jfrog.io',
    },
  ],
  ['Artifactory, Basic only', 'artifactory.example.com', 'Basic realm="Artifactory Realm"', { kind: 'basic' }],
  [
    'GitLab, on the host of the parent domain',
    'registry.gitlab.com',
    'Bearer realm="https://gitlab.com/jwt/auth",service="container_registry"',
    { kind: 'bearer', realm: 'https://gitlab.com/jwt/auth', service: 'container_registry' },
  ],
  ['Distribution with htpasswd', 'registry.example.com', 'Basic realm="Registry Realm"', { kind: 'basic' }],
  [
    'a token server named by its path',
    'registry.example.com',
    'Bearer realm="/auth/token"',
    { kind: 'bearer', realm: 'https://registry.example.com/auth/token' },
  ],
];

describe('how registries want to be told who asks', () => {
  test.each(shapes)('%s', (_name, registry, header, expected) => {
    const scheme = chooseScheme(header, endpoint(registry), []);
    const told =
      scheme?.kind === 'bearer' ? { kind: 'bearer', ...scheme.server, realm: scheme.server.realm.href } : scheme;
    expect(told).toEqual(expected);
  });

  test('MCR asks for nothing, and Kerberos is not offered an answer', () => {
    expect(chooseScheme(undefined, endpoint('mcr.microsoft.com'), [])).toBeUndefined();
    expect(chooseScheme('Negotiate', endpoint('registry.corp.example'), [])).toBeUndefined();
  });
});

test.each([
  ['none named', '', [], ['repository:app:pull']],
  ['the same', 'repository:app:pull', [], ['repository:app:pull']],
  ['more of the same', 'repository:app:pull,push', [], ['repository:app:pull,push']],
  ['an action of its own', 'repository:app:metadata_read', [], ['repository:app:pull,metadata_read']],
  [
    'another name of the repository',
    'repository:docker-remote/app:pull',
    ['repository:docker-remote/app:pull'],
    ['repository:app:pull', 'repository:docker-remote/app:pull'],
  ],
  ['another type', 'registry:catalog:*', [], ['repository:app:pull', 'registry:catalog:*']],
  ['something that is no scope', 'aws repository:A:pull x:y', [], ['repository:app:pull']],
])('scopes that a refusal demands: %s', (_name, scope, more, demanded) => {
  const header = `Bearer realm="r",scope="${scope}"`;
  const needed = [{ repository: 'app', actions: ['pull'] as const }];
  expect(demandedScopes(header, needed).map(formatScope)).toEqual(demanded);
  // A program that only pulls is given no more than that.
  expect(narrowedScopes(header, needed).map(formatScope)).toEqual(['repository:app:pull', ...more]);
});
