import { expect, test } from 'vitest';
import { type BuilderFacts, builderFindings } from '../../core/doctor/environment/builders.ts';
import { clockFindings } from '../../core/doctor/environment/clock.ts';
import { diskFindings } from '../../core/doctor/environment/disk.ts';
import { type EngineChoice, engineFindings } from '../../core/doctor/environment/engines.ts';
import { type GitFacts, gitFindings } from '../../core/doctor/environment/git.ts';
import { masked, type NetworkFacts, networkFindings } from '../../core/doctor/environment/network.ts';
import { nodeFindings } from '../../core/doctor/environment/node.ts';
import { signerFindings } from '../../core/doctor/environment/signer.ts';
import type { Failure } from '../../core/failure.ts';
import { cosign } from '../../core/sign/cosign.ts';
import { notation } from '../../core/sign/notation.ts';
import { read } from './support.ts';

const failure = (subject: string, detail: string, remedy: string): Failure => {
  return { code: 'missing-tool', subject, detail, remedy, retryable: false };
};

test.each<[string | undefined, string]>([
  ['20.18.1', 'ok Node.js: 20.18.1'],
  ['24.1.0', 'ok Node.js: 24.1.0'],
  ['20.18.0', 'problem Node.js: 20.18.0 is older than 20.18.1; install Node.js 20.18.1 or later'],
  ['18.20.4', 'problem Node.js: 18.20.4 is older than 20.18.1; install Node.js 20.18.1 or later'],
  [undefined, 'note Node.js: its version is not known'],
])('Node.js %s', (version, wanted) => {
  expect(read(nodeFindings(version))).toEqual([wanted]);
});

const shallow =
  'note git history: the clone is shallow, so digests pinned in Dockerfiles are no evidence for images built from older commits; fetch the whole history, such as with fetch-depth: 0 of actions/checkout';
test.each<[string, GitFacts, readonly string[]]>([
  [
    'absent',
    { version: { kind: 'absent' }, shallow: { kind: 'absent' } },
    [
      'warning git: is not installed, so git history cannot serve as evidence of what an image was built on; install git',
    ],
  ],
  [
    'broken',
    { version: { kind: 'refused', why: 'bad interpreter' }, shallow: { kind: 'absent' } },
    ['warning git: does not answer (bad interpreter); check its installation'],
  ],
  [
    'outside a repository',
    {
      version: { kind: 'version', text: 'git version 2.39.5 (Apple Git-154)' },
      shallow: { kind: 'refused', why: 'x' },
    },
    ['ok git: 2.39.5', 'note git history: the folder is not in a git repository'],
  ],
  [
    'with all history',
    { version: { kind: 'version', text: 'git version 2.39.5' }, shallow: { kind: 'version', text: 'false' } },
    ['ok git: 2.39.5'],
  ],
  [
    'shallow',
    { version: { kind: 'version', text: 'git version 2.39.5' }, shallow: { kind: 'version', text: 'true' } },
    ['ok git: 2.39.5', shallow],
  ],
])('git %s', (_, facts, wanted) => {
  expect(read(gitFindings(facts))).toEqual(wanted);
});

test('engines are told together where they are chosen for the same reason', () => {
  const by = (image: string, name: 'buildx' | 'rebase', why: string): EngineChoice => {
    return { image, wanted: name === 'rebase' ? 'rebase' : 'auto', taken: { kind: 'engine', name, why } };
  };
  const none: EngineChoice = {
    image: 'db',
    wanted: 'podman',
    taken: {
      kind: 'none',
      tried: [],
      failure: failure('db', 'podman cannot rebuild it: podman is not installed', 'install podman'),
    },
  };
  expect(
    read(
      engineFindings([
        by('web', 'buildx', 'it is at hand'),
        none,
        by('api', 'buildx', 'it is at hand'),
        by('old', 'rebase', 'asked for'),
      ]),
    ),
  ).toEqual([
    'ok engine: buildx builds web and api (auto: it is at hand)',
    'problem engine for db: podman cannot rebuild it: podman is not installed; install podman',
    'note engine: rebase is configured for old; whether layers can be swapped is known only once a base has moved',
  ]);
  expect(read(engineFindings([]))).toEqual(['note engine: no Dockerfile could be read, so there is nothing to build']);
});

test('builders are told with versions, and a daemon that cannot be reached without its advice', () => {
  const facts: BuilderFacts = {
    daemon: { kind: 'ready', platform: { os: 'linux', architecture: 'amd64' }, version: '28.5.2' },
    docker: { kind: 'version', text: 'Docker version 28.5.2, build ecc6942' },
    buildx: { kind: 'version', text: 'github.com/docker/buildx v0.29.1 1a2b3c4.5' },
    builder: { kind: 'version', text: 'Name:          builder\nDriver:        docker-container\n' },
    programs: [
      ['podman', { kind: 'version', text: 'podman version 5.4.2' }],
      ['buildah', { kind: 'absent' }],
    ],
  };
  expect(read(builderFindings(facts))).toEqual([
    'ok docker: client 28.5.2, daemon 28.5.2 for linux/amd64',
    'ok buildx: 0.29.1, builder builder with the driver docker-container',
    'ok podman: 5.4.2',
  ]);
  const unreachable = {
    kind: 'unsuitable',
    why: 'the docker daemon cannot be reached (no socket)',
    remedy: 'x',
  } as const;
  const without = { ...facts, daemon: unreachable, buildx: { kind: 'refused', why: 'x' } as const };
  expect(read(builderFindings(without))[0]).toBe('note docker: client 28.5.2; the docker daemon cannot be reached');
  expect(
    read(builderFindings({ ...facts, docker: { kind: 'absent' }, programs: [['podman', { kind: 'absent' }]] })),
  ).toEqual([]);
});

test('signing programs', () => {
  const file = { kind: 'done', value: '/usr/bin/cosign' } as const;
  const said = 'GitVersion:    v3.1.1\nGitCommit:     1.2\n';
  expect(
    read(
      signerFindings([
        { program: cosign, needed: 'sign images', file, version: { kind: 'version', text: said } },
        { program: cosign, needed: 'sign images', file, version: { kind: 'refused', why: 'no loader' } },
        {
          program: notation,
          needed: 'verify signatures',
          file: { kind: 'failed', failure: failure('notation', 'is not on PATH', 'install notation') },
        },
      ]),
    ),
  ).toEqual([
    'ok cosign: 3.1.1, needed to sign images',
    'problem cosign: /usr/bin/cosign does not answer (no loader); install cosign 2 or later, or name it with sign.path',
    'problem notation: is not on PATH; install notation',
  ]);
});

test.each<[string, string | undefined]>([
  ['http://proxy:3128', 'http://proxy:3128'],
  ['http://user:secret@proxy:3128', 'http://***@proxy:3128'],
  ['http://user@proxy:3128/?x=secret', 'http://***@proxy:3128'],
  ['user:sec%40ret@proxy:3128', 'http://***@proxy:3128'],
  ['::secret', undefined],
])('the login in %s is left out', (address, wanted) => {
  expect(masked(address)).toBe(wanted);
});

const network = (env: NetworkFacts['env'], more: Partial<NetworkFacts> = {}) =>
  read(networkFindings({ env, files: [], hasAuthorities: false, ...more }));
test('what changes how registries are reached is told, and nothing where nothing does', () => {
  expect(network({})).toEqual([]);
  expect(network({ HTTPS_PROXY: 'http://big', https_proxy: 'http://a:b@small', NO_PROXY: '.corp' })).toEqual([
    'note proxy: configured by HTTPS_PROXY http://***@small, NO_PROXY .corp',
  ]);
  expect(network({ HTTP_PROXY: '::secret' })).toEqual([
    'problem HTTP_PROXY: is not the address of a proxy; write it as http://HOST:PORT',
  ]);
  expect(network({ NODE_TLS_REJECT_UNAUTHORIZED: '0' })).toEqual([
    'warning NODE_TLS_REJECT_UNAUTHORIZED: is 0, so the certificates of registries are not verified; unset it, and trust a private authority with --ca-file',
  ]);
  const files = [
    { name: 'NODE_EXTRA_CA_CERTS', path: '/ca.pem', isThere: true },
    { name: 'SSL_CERT_FILE', path: '/gone.pem', isThere: false },
  ];
  expect(network({}, { files, hasAuthorities: true })).toEqual([
    'ok certificates: extra authorities come from NODE_EXTRA_CA_CERTS /ca.pem and ca-file',
    'warning SSL_CERT_FILE: names /gone.pem, and there is no such file; correct or unset it',
  ]);
});

test('the output folder', () => {
  const written = { kind: 'done', value: undefined } as const;
  const folder = '/repo/out';
  const refused = { kind: 'failed', failure: failure('/repo', 'permission denied', '') } as const;
  expect(read(diskFindings({ folder, written, free: 5 * 1024 ** 3 }))).toEqual([
    'ok output folder: /repo/out is writable, with 5.0 GiB free',
  ]);
  expect(read(diskFindings({ folder, written }))).toEqual(['ok output folder: /repo/out is writable']);
  expect(read(diskFindings({ folder, written, free: 1024 ** 3 }))).toEqual([
    'warning output folder: /repo/out has only 1.0 GiB free; free some space',
  ]);
  expect(read(diskFindings({ folder, written: refused, free: 1 }))).toEqual([
    'problem output folder: /repo/out cannot be written (permission denied); name another with output-dir',
  ]);
});

const minute = 60_000;
test.each<[string, readonly (readonly [string, number])[], readonly string[]]>([
  ['without an answer', [], []],
  ['that agrees', [['a', 900]], ['ok clock: agrees with a']],
  [
    'that agrees with one of two',
    [
      ['a', 90 * minute],
      ['b', -900],
    ],
    ['ok clock: agrees with b'],
  ],
  ['that is slow', [['a', 3 * minute]], ['warning clock: is 3 min behind that of a; set the clock by NTP']],
  [
    'that is fast',
    [['a', -61 * minute]],
    [
      'problem clock: is 61 min ahead of that of a, so tokens and signatures count as expired or not yet valid; set the clock by NTP',
    ],
  ],
])('a clock %s', (_, skews, wanted) => {
  expect(read(clockFindings(skews.map(([host, milliseconds]) => ({ host, milliseconds }))))).toEqual(wanted);
});
