import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { GatePolicy } from '../../core/gate/policy.ts';
import { decideGate } from '../../core/gate.ts';
import type { Digest } from '../../core/oci/digest.ts';
import type { World } from '../../core/ports.ts';
import { createScanner } from '../../core/scan/choose.ts';
import type { ScanTarget } from '../../core/scan/scanner.ts';
import type { ScannerSettings } from '../../core/scan/settings.ts';
import { createWorld } from '../../core/world.ts';
import { config } from './support.ts';

const digest = `sha256:${'a'.repeat(64)}` as Digest;
const reference = { registry: 'acmeweb.azurecr.io', repository: 'team/web', digest };
const target: ScanTarget = { reference, platform: { os: 'linux', architecture: 'amd64' }, baseLayers: [] };
const image = `acmeweb.azurecr.io/team/web@${digest}`;
const scope =
  '/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerRegistry/registries/acme/providers/Microsoft.Security/assessments/c0b7cfc6-3172-465a-b378-53c7ff2cc0d5';

interface Vulnerability {
  readonly cve: string;
  readonly severity: string;
  readonly fixStatus?: string;
  readonly fixedVersion?: string;
  readonly code?: string;
  readonly digest?: string;
  readonly repository?: string;
}

/** A row as Microsoft documents it for the container vulnerability assessments. */
function subassessment({
  cve,
  severity,
  fixStatus = 'NoFixAvailable',
  fixedVersion = '',
  code = 'Unhealthy',
  ...of
}: Vulnerability) {
  return {
    id: `${scope}/subassessments/${cve}`,
    type: 'microsoft.security/assessments/subassessments',
    properties: {
      id: cve,
      displayName: cve,
      description: `${cve} affects openssl.`,
      timeGenerated: '2026-11-21T00:00:00Z',
      status: { code, severity, cause: '' },
      resourceDetails: { source: 'Azure', id: `/repositories/team/web/images/${digest}` },
      additionalData: {
        assessedResourceType: 'AzureContainerRegistryVulnerability',
        cvssV30Score: 7.5,
        artifactDetails: {
          registryHost: 'acmeweb.azurecr.io',
          repositoryName: of.repository ?? 'team/web',
          digest: of.digest ?? digest,
          tags: ['1'],
        },
        softwareDetails: { packageName: 'openssl', version: '3.0.20', fixedVersion, fixStatus, category: 'OS' },
        vulnerabilityDetails: {
          cveId: cve,
          severity,
          publishedDate: '2026-09-01T00:00:00Z',
          cvss: { '2.0': null, '3.0': { base: 7.5 } },
          references: [{ title: cve, link: `https://nvd.nist.gov/vuln/detail/${cve}` }],
        },
      },
    },
  };
}

const healthy = {
  id: `${scope}/images/${digest}`,
  type: 'microsoft.security/assessments',
  properties: { status: { code: 'Healthy' }, timeGenerated: '2026-11-21T00:00:00Z' },
};
const critical = subassessment({
  cve: 'CVE-2026-1',
  severity: 'Critical',
  fixStatus: 'FixAvailable',
  fixedVersion: '3.0.22',
});
const medium = subassessment({ cve: 'CVE-2026-2', severity: 'Medium' });

interface Asked {
  readonly url: string;
  readonly method: string;
  readonly authorization: string | undefined;
  readonly body: { readonly query: string; readonly options: Readonly<Record<string, unknown>> };
}

type Answer = { readonly status?: number; readonly json: unknown };
const page = (rows: readonly unknown[], more: object = {}): Answer => ({
  json: { totalRecords: rows.length, count: rows.length, data: rows, facets: [], resultTruncated: 'false', ...more },
});

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}

/** Azure, as one server for all of its hosts; a clock that goes on while somebody waits. */
async function scanWith(
  answers: readonly Answer[],
  changes: Partial<ScannerSettings> = { azureToken: 'given' },
  of = target,
  env = {},
) {
  const asked: Asked[] = [];
  const forms: string[] = [];
  const server = createServer(async (request, response) => {
    const text = await textOf(request);
    if (request.url?.includes('/oauth2/')) {
      forms.push(`${request.url} ${text}`);
      response.end(JSON.stringify({ access_token: 'entra' }));
      return;
    }
    const { url = '', method = '', headers } = request;
    asked.push({ url, method, authorization: headers.authorization, body: JSON.parse(text) });
    const { status = 200, json } = answers[Math.min(asked.length, answers.length) - 1] ?? { json: {} };
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const real = createWorld();
  onTestFinished(() => real.close());
  let now = Date.parse('2026-11-21T00:00:00Z');
  const hosts: string[] = [];
  const world: World = {
    ...real,
    env,
    now: () => new Date(now),
    random: () => 0.5,
    sleep: async (milliseconds) => {
      now += milliseconds;
    },
    http: (request) => {
      const url = new URL(request.url);
      hosts.push(url.host);
      return real.http({ ...request, url: `http://127.0.0.1:${port}${url.pathname}${url.search}` });
    },
  };
  const scanner = { tool: 'defender' as const, skipDatabaseUpdate: true, ...changes };
  const settings = config({}, { deadline: 7_200_000 });
  const outcome = await createScanner(world, { ...settings, scanner })
    .scan(of)
    .then(
      (scan) => ({ scan, message: '' }),
      (error: Error) => ({ scan: undefined, message: error.message }),
    );
  const waited = (now - Date.parse('2026-11-21T00:00:00Z')) / 60_000;
  return { ...outcome, asked, forms, hosts, waited };
}

describe('what Azure Resource Graph is asked', () => {
  test('the assessments of this digest in this repository of this registry, by a POST with a token', async () => {
    const { asked, hosts } = await scanWith([page([critical])]);
    const [first] = asked;
    expect(first?.method).toBe('POST');
    expect(first?.url).toBe('/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01');
    expect(first?.authorization).toBe('Bearer given');
    expect(first?.body.options).toEqual({ resultFormat: 'objectArray', $top: 1000 });
    expect(first?.body.query).toMatchInlineSnapshot(`
      "securityresources
      | where type in~ ('microsoft.security/assessments', 'microsoft.security/assessments/subassessments')
      | extend assessmentKey = extract(@'(?i)/providers/Microsoft.Security/assessments/([^/]+)', 1, id)
      | where assessmentKey in~ ('33422d8f-ab1e-42be-bc9a-38685bb567b9', 'c0b7cfc6-3172-465a-b378-53c7ff2cc0d5')
      | extend registryHost = tostring(properties.additionalData.artifactDetails.registryHost), repositoryName = tostring(properties.additionalData.artifactDetails.repositoryName), digest = tostring(properties.additionalData.artifactDetails.digest)
      | where digest =~ 'sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' or (isempty(digest) and tostring(properties.resourceDetails) contains 'sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')
      | where isempty(registryHost) or registryHost =~ 'acmeweb.azurecr.io'
      | where isempty(repositoryName) or repositoryName =~ 'team/web'
      | project id, type, properties
      | order by id asc"
    `);
    expect(new Set(hosts)).toEqual(new Set(['management.azure.com']));
  });

  test('every page, by the skip token of the one before', async () => {
    const rows = [critical, medium].map((row) => ({
      totalRecords: 2,
      count: 1,
      data: [row],
      resultTruncated: 'true',
      $skipToken: 'next',
    }));
    const pages = [{ json: rows[0] }, { json: { ...rows[1], resultTruncated: 'false', $skipToken: undefined } }];
    const { scan, asked } = await scanWith(Array.from({ length: 10 }, () => pages).flat());
    expect(scan?.findings.map(({ id }) => id)).toEqual(['CVE-2026-1', 'CVE-2026-2']);
    expect(asked.slice(0, 4).map(({ body }) => body.options.$skipToken)).toEqual([
      undefined,
      'next',
      undefined,
      'next',
    ]);
  });

  test.each([
    ['azurecr.us', 'management.usgovcloudapi.net'],
    ['azurecr.cn', 'management.chinacloudapi.cn'],
  ])('in the cloud of the registry: %s', async (suffix, host) => {
    const registry = `acmeweb.${suffix}`;
    const { hosts } = await scanWith(
      [page([])],
      { azureToken: 'given', wait: 1 },
      { ...target, reference: { ...reference, registry } },
    );
    expect(new Set(hosts)).toEqual(new Set([host]));
  });

  test('with the token of the service principal where none is given', async () => {
    const env = { AZURE_CLIENT_ID: 'id', AZURE_TENANT_ID: 'tenant', AZURE_CLIENT_SECRET: 'p w' };
    const { forms, asked } = await scanWith([page([critical])], {}, target, env);
    expect(forms).toEqual([
      '/tenant/oauth2/v2.0/token grant_type=client_credentials&client_id=id&client_secret=p+w&scope=https%3A%2F%2Fmanagement.azure.com%2F.default',
    ]);
    expect(asked[0]?.authorization).toBe('Bearer entra');
  });

  test('nothing without an identity, or of a registry that is not in Azure', async () => {
    const { message } = await scanWith([page([critical])], {});
    expect(message).toBe(
      'Azure Resource Graph: needs an identity of Azure, and there is none; sign in with azure/login or a service connection, or give azure-token.',
    );
    const elsewhere = await scanWith([page([])], {}, { ...target, reference: { ...reference, registry: 'ghcr.io' } });
    expect(elsewhere.message).toContain('is in ghcr.io, and Defender for Cloud gives results of Azure registries');
    expect(elsewhere.asked).toEqual([]);
  });
});

describe('results', () => {
  test('are findings with what policy asks for', async () => {
    const { scan } = await scanWith([page([critical, medium])]);
    expect(scan?.scanner).toEqual({ name: 'defender', version: 'service', database: '2026-11-21T00:00:00Z' });
    expect(scan?.findings[0]).toEqual({
      id: 'CVE-2026-1',
      aliases: [],
      title: 'CVE-2026-1 affects openssl.',
      url: 'https://nvd.nist.gov/vuln/detail/CVE-2026-1',
      package: { name: 'openssl' },
      installed: '3.0.20',
      fixed: '3.0.22',
      severity: 'critical',
      score: 7.5,
      owner: 'unknown',
      published: '2026-09-01T00:00:00Z',
      platforms: ['linux/amd64'],
    });
    expect(scan?.findings[1]).not.toHaveProperty('fixed');
  });

  test('that have a fix without a version count as fixable', async () => {
    const { scan } = await scanWith([
      page([subassessment({ cve: 'CVE-1', severity: 'High', fixStatus: 'FixAvailable' })]),
    ]);
    expect(scan?.findings[0]?.fixed).toBe('a newer version');
  });

  test.each([
    ['NoFixAvailable', undefined],
    ['Unknown', null],
    ['', null],
  ])('whose fix is "%s" say so: %s', async (fixStatus, fixed) => {
    const { scan } = await scanWith([page([subassessment({ cve: 'CVE-1', severity: 'High', fixStatus })])]);
    expect(scan?.findings[0]?.fixed).toBe(fixed);
  });

  test('that Defender exempts are findings all the same', async () => {
    const { scan } = await scanWith([page([subassessment({ cve: 'CVE-1', severity: 'High', code: 'NotApplicable' })])]);
    expect(scan?.findings).toHaveLength(1);
  });

  test('are waited for until they are there, and whole', async () => {
    const answers = [page([]), page([medium]), page([medium]), page([medium, critical])];
    const { scan, waited } = await scanWith(answers);
    expect(scan?.findings).toHaveLength(2);
    expect(waited).toBeGreaterThan(6);
    expect(waited).toBeLessThan(10);
  });

  test('of long ago are whole', async () => {
    const old = structuredClone(critical);
    old.properties.timeGenerated = '2026-11-19T00:00:00Z';
    const { asked, waited } = await scanWith([page([old])]);
    expect([asked.length, waited]).toEqual([1, 0]);
  });

  test('that say that the image is healthy are a scan without findings', async () => {
    const { scan } = await scanWith([page([healthy])]);
    expect(scan?.findings).toEqual([]);
  });
});

describe('no results are never a pass:', () => {
  test.each([
    ['none at all', [page([])]],
    [
      'an image that is unhealthy, without a word why',
      [page([{ ...healthy, properties: { status: { code: 'Unhealthy' } } }])],
    ],
    ['an assessment that does not apply', [page([{ ...healthy, properties: { status: { code: 'NotApplicable' } } }])]],
    [
      'results to which something is added every few minutes',
      Array.from({ length: 40 }, (_, at) =>
        page([subassessment({ cve: `CVE-${Math.floor(at / 2)}`, severity: 'Medium' })]),
      ),
    ],
    ['results that come and go', [page([critical]), page([]), page([medium]), page([])]],
  ])('%s', async (_, answers) => {
    const { scan, message, waited } = await scanWith(Array.from({ length: 20 }, () => answers).flat());
    expect(scan).toBeUndefined();
    expect(message).toContain(`${image}: Defender for Cloud had no whole results of it after 30 minutes`);
    expect(Math.round(waited)).toBe(30);
  });

  test('none are waited for where only what is at hand counts', async () => {
    const { message, asked, waited } = await scanWith([page([])], { azureToken: 'given' }, { ...target, atHand: true });
    expect(message).toContain('Defender for Cloud has no results of it');
    expect([asked.length, waited]).toEqual([1, 0]);
  });

  test.each<readonly [string, Answer, string]>([
    [
      'another digest',
      page([subassessment({ cve: 'CVE-1', severity: 'Low', digest: `sha256:${'b'.repeat(64)}` })]),
      "Defender for Cloud's report is of acmeweb.azurecr.io/team/web@sha256:bbbb",
    ],
    [
      'another repository',
      page([subassessment({ cve: 'CVE-1', severity: 'Low', repository: 'team/api' })]),
      'is of acmeweb.azurecr.io/team/api@',
    ],
    [
      'a row of an unknown form',
      page([{ id: 'x', type: 'microsoft.security/assessments/subassessments', properties: {} }]),
      'has a row that is not of the known schema',
    ],
    ['fewer rows than there are', page([critical], { totalRecords: 2 }), 'Azure Resource Graph gave 1 of 2 rows'],
    ['rows left out', page([critical], { resultTruncated: 'true' }), 'Azure Resource Graph gave 1 of 1 rows'],
    ['another schema', { json: { value: [] } }, 'is not of the known schema'],
    [
      'an identity that is refused',
      { status: 403, json: { error: { code: 'AuthorizationFailed' } } },
      'Azure Resource Graph: answered 403 (AuthorizationFailed); give the identity from azure-token the role Security Reader',
    ],
    [
      'a token that is refused',
      { status: 401, json: {} },
      'Azure Resource Graph: answered 401; check the identity from azure-token',
    ],
    ['a service that fails', { status: 500, json: {} }, 'Azure Resource Graph: answered 500; try again later'],
  ])('%s', async (_, answer, words) => {
    expect((await scanWith([answer])).message).toContain(words);
  });

  test('a name that could leave its place in the query', async () => {
    const evil = { ...reference, repository: "web' or true or '" };
    const { message, asked } = await scanWith(
      [page([critical])],
      { azureToken: 'given' },
      { ...target, reference: evil },
    );
    expect(message).toContain('cannot stand in a query');
    expect(asked).toEqual([]);
  });
});

// Microsoft's gate script: high always fails, more than 5 medium fail, more than 15 low fail, ignoreNonPatchable.
describe("the thresholds of Microsoft's own gate script can be said", () => {
  const policy: GatePolicy = {
    severityThreshold: 'high',
    onlyFixable: false,
    newOnly: false,
    exceptions: [],
    allowUnrecognised: true,
    maximum: { medium: 5, low: 15 },
  };
  const rows = (severity: string, count: number, fixStatus = 'FixAvailable') =>
    Array.from({ length: count }, (_, index) =>
      subassessment({ cve: `CVE-${severity}-${index}`, severity, fixStatus }),
    );

  test.each([
    ['5 medium and 15 low', [...rows('Medium', 5), ...rows('Low', 15)], {}, 'pass'],
    ['6 medium', rows('Medium', 6), {}, 'fail'],
    ['16 low', rows('Low', 16), {}, 'fail'],
    ['1 high', rows('High', 1), {}, 'fail'],
    ['1 high without a patch', rows('High', 1, 'NoFixAvailable'), { onlyFixable: true }, 'pass'],
    [
      '6 medium, one without a patch',
      [...rows('Medium', 5), ...rows('Medium', 1, 'WontFix').map((row) => ({ ...row, id: 'z' }))],
      { onlyFixable: true },
      'pass',
    ],
    [
      '2 critical where 2 may pass',
      rows('Critical', 2),
      { severityThreshold: 'none', maximum: { critical: 2 } },
      'pass',
    ],
    [
      '3 critical where 2 may pass',
      rows('Critical', 3),
      { severityThreshold: 'none', maximum: { critical: 2 } },
      'fail',
    ],
  ] as const)('%s', async (_, found, changes, verdict) => {
    const { scan } = await scanWith([page(found)]);
    if (scan === undefined) throw new Error('no scan');
    const report = {
      kind: 'scanned' as const,
      scanner: scan.scanner,
      platforms: [target.platform],
      findings: scan.findings,
    };
    expect(decideGate({ ...policy, ...changes }, report, undefined, new Date('2026-11-21T00:00:00Z')).kind).toBe(
      verdict,
    );
  });
});
