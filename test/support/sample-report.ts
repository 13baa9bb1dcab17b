import type { Failure } from '../../core/failure.ts';
import type { Breach } from '../../core/gate/verdict.ts';
import { digestOf } from '../../core/oci/digest.ts';
import type { RefreshReport, ReportedBase, ReportedImage, ReportedScan } from '../../core/report/report.ts';
import { totalsOf } from '../../core/report/totals.ts';
import type { Finding } from '../../core/scan/finding.ts';

const scanner = {
  name: 'trivy',
  version: '0.68.2',
  database: '2026-11-20T06:12:44Z',
  binary: digestOf('trivy'),
};
const platforms = ['linux/amd64', 'linux/arm64'];

/** A finding with every field set; the ids and severities are made up for tests. */
export function sampleFinding(change: Partial<Finding> = {}): Finding {
  return {
    id: 'CVE-2026-10001',
    aliases: ['GHSA-aaaa-bbbb-cccc'],
    title: 'openssl: out-of-bounds read in certificate parsing',
    url: 'https://advisories.example/CVE-2026-10001',
    package: { name: 'openssl', purl: 'pkg:deb/debian/openssl@3.0.20-1~deb12u1?arch=amd64&distro=debian-12' },
    installed: '3.0.20-1~deb12u1',
    fixed: '3.0.22-1~deb12u1',
    severity: 'high',
    score: 8.1,
    layer: digestOf('layer of the base'),
    owner: 'base',
    platforms,
    ...change,
  };
}

const openssl = sampleFinding();
const xz = sampleFinding({
  id: 'CVE-2026-10002',
  title: 'xz: unbounded memory while decoding',
  package: { name: 'xz-utils', purl: 'pkg:deb/debian/xz-utils@5.4.1-1' },
  installed: '5.4.1-1',
  fixed: '5.4.1-2',
  severity: 'critical',
  score: 9.6,
});
const perl = sampleFinding({
  id: 'CVE-2026-10003',
  title: 'perl: heap overflow in regular expressions',
  package: { name: 'perl-base' },
  installed: '5.36.0-7+deb12u3',
  severity: 'medium',
  score: 5.9,
});
const { fixed: _none, score: _unscored, url: _nowhere, ...bare } = perl;
const tar: Finding = {
  ...bare,
  id: 'CVE-2005-2541',
  aliases: [],
  title: 'tar: keeps setuid bits when extracting as root',
  package: { name: 'tar' },
  installed: '1.34+dfsg-1.2',
  severity: 'low',
};
const lodash = sampleFinding({
  id: 'GHSA-xxxx-yyyy-zzzz',
  aliases: ['CVE-2026-20001'],
  title: 'Prototype pollution in lodash',
  package: { name: 'lodash', path: 'srv/app/node_modules/lodash/package.json', purl: 'pkg:npm/lodash@4.17.20' },
  installed: '4.17.20',
  fixed: '4.17.21',
  severity: 'high',
  score: 7.2,
  owner: 'app',
});
const zlib = sampleFinding({
  id: 'CVE-2026-10009',
  title: 'zlib: regression of the inflate window check',
  package: { name: 'zlib1g' },
  installed: '1:1.2.13.dfsg-2',
  fixed: '1:1.2.13.dfsg-3',
  severity: 'critical',
  score: 9.1,
});

/** A base that moved; change what a test is about. */
export function sampleBase(change: Partial<ReportedBase> = {}): ReportedBase {
  const [from, to] = [digestOf('node:20-alpine, old'), digestOf('node:20-alpine, new')];
  return {
    reference: 'docker.io/library/node:20-alpine',
    raw: 'node:$NODE_VERSION-alpine',
    line: 3,
    stage: 'runtime',
    runtime: true,
    verdict: 'stale',
    from,
    to,
    evidence: 'buildkit-provenance',
    confidence: 'high',
    platforms: platforms.map((platform) => ({
      platform,
      from: digestOf(`${platform}, old`),
      to: digestOf(`${platform}, new`),
    })),
    failure: null,
    ...change,
  };
}

/** An image that was checked and found stale, and nothing more. */
export function sampleImage(change: Partial<ReportedImage> = {}): ReportedImage {
  return {
    name: 'web',
    image: 'registry.example/shop/web:1.4',
    dockerfile: 'services/web/Dockerfile',
    verdict: 'stale',
    bases: [sampleBase()],
    plan: null,
    build: null,
    scan: null,
    gate: null,
    promotion: null,
    signature: null,
    deployment: null,
    failure: null,
    ...change,
  };
}

/** A scan against the image published before. */
export function sampleScan(change: Partial<ReportedScan> = {}): ReportedScan {
  return {
    scanner,
    platforms,
    findings: [perl, tar],
    before: [xz, openssl, perl, tar],
    fixed: [xz, openssl],
    introduced: [],
    failure: null,
    ...change,
  };
}

const unauthorised: Failure = {
  code: 'unauthorised',
  subject: 'registry.example/private/jdk:21',
  detail: 'registry answered 401',
  remedy: 'add credentials for registry.example',
  retryable: false,
};
const noDatabase: Failure = {
  code: 'scan-failed',
  subject: 'registry.example/shop/worker',
  detail: 'trivy could not read its vulnerability database',
  remedy: 'check scanner.database-repository',
  retryable: true,
};
const buildFailed: Failure = {
  code: 'build-failed',
  subject: 'reports',
  detail: 'RUN apt-get install libfoo1 exited with 100: Unable to locate package libfoo1',
  remedy: 'build it by hand on the new base',
  retryable: false,
};

function build(
  name: string,
  durationMs: number,
  reference = 'docker.io/library/node:20-alpine',
): ReportedImage['build'] {
  const digest = digestOf(`${name}, rebuilt`);
  return {
    engine: 'buildx',
    digest,
    candidate: `registry.example/shop/${name}:candidate-20261121-5f0c@${digest}`,
    evidence: 'buildkit-provenance',
    durationMs,
    pinned: [{ reference, digest: digestOf('node:20-alpine, new') }],
    notes: [],
  };
}

const none = { breaches: [], exceptionsUsed: [], exceptionsUnused: [], failure: null };

const advice: readonly Breach[] = [
  {
    rule: 'severity-threshold',
    finding: zlib,
    advice:
      'zlib1g 1:1.2.13.dfsg-2 came with the new base; wait for a base with 1:1.2.13.dfsg-3 or upgrade it in the Dockerfile.',
  },
  {
    rule: 'exception-expired',
    finding: lodash,
    advice: 'The exception for GHSA-xxxx-yyyy-zzzz ended on 2026-10-31; upgrade lodash to 4.17.21.',
  },
];

const rebuild = (level: number, because: string): ReportedImage['plan'] => ({
  action: 'rebuild',
  because: [because],
  level,
});

function promotedImages(): readonly ReportedImage[] {
  const base = { reference: 'docker.io/library/debian:12', raw: 'debian:12', line: 1, stage: 0 } as const;
  return [
    sampleImage({
      name: 'base',
      image: 'registry.example/shop/base:12',
      dockerfile: 'base/Dockerfile',
      bases: [sampleBase({ ...base, evidence: 'annotation', confidence: 'medium' })],
      plan: rebuild(0, 'debian:12 moved'),
      build: build('base', 18_400, 'docker.io/library/debian:12'),
      scan: sampleScan(),
      gate: {
        ...none,
        verdict: 'pass',
        exceptionsUsed: [
          {
            id: 'CVE-2005-2541',
            package: 'tar',
            reason: 'archives are never extracted as root',
            owner: 'platform team',
            expires: '2027-01-31',
          },
        ],
      },
      promotion: {
        digest: digestOf('base, rebuilt'),
        tags: [
          { reference: 'registry.example/shop/base:12', previous: digestOf('base, before') },
          { reference: 'registry.example/shop/base:12.9', previous: digestOf('base, before') },
        ],
      },
    }),
    sampleImage({
      name: 'greeter',
      image: 'registry.example/shop/greeter:1.0',
      dockerfile: 'services/greeter/Dockerfile',
      bases: [sampleBase({ verdict: 'missing', from: null, evidence: null, confidence: null, platforms: [] })],
      plan: rebuild(1, 'not published yet'),
      build: build('greeter', 9_120),
      scan: { scanner, platforms, findings: [perl], fixed: [], introduced: [], failure: null },
      gate: { ...none, verdict: 'pass' },
      promotion: {
        digest: digestOf('greeter, rebuilt'),
        tags: [{ reference: 'registry.example/shop/greeter:1.0', previous: null }],
      },
    }),
  ];
}

function heldImage(): ReportedImage {
  return sampleImage({
    bases: [
      sampleBase(),
      sampleBase({
        reference: 'docker.io/library/golang:1.25',
        raw: 'golang:1.25',
        line: 9,
        stage: 'tools',
        runtime: false,
        verdict: 'unchanged-for-platforms',
        evidence: 'own-record',
      }),
    ],
    plan: rebuild(1, 'node:20-alpine moved'),
    build: {
      ...(build('web', 73_250) as NonNullable<ReportedImage['build']>),
      notes: ['--ssh was left out: no agent'],
    },
    scan: sampleScan({
      findings: [zlib, lodash, perl, tar],
      before: [xz, openssl, lodash, perl, tar],
      introduced: [zlib],
    }),
    gate: {
      ...none,
      verdict: 'fail',
      breaches: advice,
      exceptionsUnused: [
        { id: 'CVE-2024-0001', reason: 'not reachable', expires: '2027-06-30', source: '.trivyignore:3' },
      ],
    },
  });
}

function unfinishedImages(): readonly ReportedImage[] {
  const gone = { verdict: 'unknown', from: null, to: null, evidence: null, confidence: null, platforms: [] } as const;
  const jdk = {
    reference: 'registry.example/private/jdk:21',
    raw: 'registry.example/private/jdk:21',
    line: 2,
    stage: 0,
  };
  return [
    sampleImage({
      name: 'api',
      image: 'registry.example/shop/api:2.0',
      dockerfile: 'services/api/Dockerfile',
      verdict: 'unknown',
      bases: [sampleBase({ ...jdk, ...gone, failure: unauthorised })],
      plan: { action: 'skip', because: ['its base could not be checked'], level: 0 },
      failure: unauthorised,
    }),
    sampleImage({
      name: 'worker',
      image: 'registry.example/shop/worker:1.4',
      dockerfile: 'services/worker/Dockerfile',
      plan: rebuild(1, 'node:20-alpine moved'),
      build: build('worker', 22_010),
      scan: { scanner: null, platforms: [], findings: [], fixed: [], introduced: [], failure: noDatabase },
      gate: { ...none, verdict: 'inconclusive', failure: noDatabase },
      failure: noDatabase,
    }),
    sampleImage({
      name: 'reports',
      image: 'registry.example/shop/reports:3',
      dockerfile: 'services/reports/Dockerfile',
      bases: [sampleBase({ verdict: 'unrecorded', from: null, evidence: null, confidence: null, platforms: [] })],
      plan: rebuild(1, 'nothing records its base'),
      failure: buildFailed,
    }),
    sampleImage({
      name: 'proxy',
      image: 'registry.example/shop/proxy:7',
      dockerfile: 'services/proxy/Dockerfile',
      verdict: 'current',
      bases: [
        sampleBase({
          reference: 'docker.io/library/nginx:1.29',
          raw: 'nginx:1.29',
          verdict: 'current',
          from: digestOf('nginx'),
          to: digestOf('nginx'),
          evidence: 'label',
        }),
      ],
      plan: { action: 'skip', because: ['every base is current'], level: 0 },
    }),
  ];
}

/** A report with every kind of outcome in it: promoted, held, inconclusive, failed, unknown, current. */
export function sampleReport(change: Partial<RefreshReport> = {}): RefreshReport {
  const images = change.images ?? [...promotedImages(), heldImage(), ...unfinishedImages()];
  return {
    schemaVersion: 1,
    tool: { name: 'base-image-refresh', version: '0.1.0' },
    command: 'refresh',
    dryRun: false,
    startedAt: '2026-11-21T06:00:00.000Z',
    finishedAt: '2026-11-21T06:02:47.310Z',
    policy: { severityThreshold: 'high', onlyFixable: true, newOnly: false },
    images,
    failures: [
      {
        code: 'dockerfile',
        subject: 'legacy/Dockerfile',
        detail: 'line 4: unknown instruction FORM',
        remedy: 'write FROM',
        retryable: false,
      },
    ],
    requests: { head: 9, get: 31, token: 4, write: 12, uploadedBytes: 48_213 },
    ...change,
    totals: totalsOf(images),
  };
}

/** The same images as `check` leaves them: nothing built, scanned or promoted. */
export function sampleCheckReport(): RefreshReport {
  const report = sampleReport();
  const images = report.images.map((image) => ({
    ...image,
    plan: null,
    build: null,
    scan: null,
    gate: null,
    promotion: null,
    failure: image.verdict === 'unknown' ? image.failure : null,
  }));
  return sampleReport({ command: 'check', images });
}
