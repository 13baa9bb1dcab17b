import { expect } from 'vitest';
import type { Fault } from '../../../testing/registry.ts';
import { attach } from '../publish.ts';
import type { Row } from '../row.ts';
import type { Site } from '../site.ts';

const promoted = { web: 'stale promoted', api: 'stale promoted' };
const refused = { web: 'stale fail', api: 'stale promoted' };
const inBase = { web: [{ id: 'CVE-2026-1', severity: 'CRITICAL', layer: 0 }] } as const;
const inApp = { web: [{ id: 'CVE-2026-1', severity: 'CRITICAL', layer: -1 }] } as const;
const package_ = 'pkg:deb/debian/openssl@3.0.20';

function openVex(product: string, status = 'not_affected'): object {
  const justification = status === 'not_affected' ? { justification: 'vulnerable_code_not_in_execute_path' } : {};
  return {
    '@context': 'https://openvex.dev/ns/v0.2.0',
    '@id': 'https://acme.example/vex/1',
    author: 'acme',
    timestamp: '2026-11-01T00:00:00Z',
    version: 1,
    statements: [{ vulnerability: { name: 'CVE-2026-1' }, products: [{ '@id': product }], status, ...justification }],
  };
}

function beside(name: 'web' | 'debian', product: string | ((site: Site) => string), status?: string) {
  const tag = name === 'web' ? '1' : '12';
  return (site: Site) => {
    const document = openVex(typeof product === 'string' ? product : product(site), status);
    return attach(site, name, tag, 'application/openvex+json', document);
  };
}

const web = (site: Site) => `pkg:oci/web?repository_url=${site.name('web')}`;

function listing(name: string, effect: Fault['effect']) {
  return ({ repository }: Site): readonly Fault[] => [
    { path: new RegExp(`^/v2/${repository(name)}/referrers/`), effect },
  ];
}

const wanted = { settings: { gate: { 'vex-referrers': true } } };

/** What the makers of the base say beside it of vulnerabilities in it. */
export const baseVexRows: readonly Row[] = [
  {
    name: 'yes',
    ...wanted,
    findings: inBase,
    before: beside('debian', package_),
    exit: 0,
    images: promoted,
    host: 'github',
  },
  {
    name: 'no, it is affected',
    ...wanted,
    findings: inBase,
    before: beside('debian', package_, 'affected'),
    exit: 1,
    images: refused,
  },
  {
    name: 'no, it is in the app',
    ...wanted,
    findings: inApp,
    before: beside('debian', package_),
    exit: 1,
    images: refused,
  },
  { name: 'not asked for', findings: inBase, before: beside('debian', package_), exit: 1, images: refused },
  {
    name: 'fails with 403',
    ...wanted,
    findings: inBase,
    before: beside('debian', package_),
    faults: listing('debian', { kind: 'status', status: 403 }),
    exit: 1,
    images: refused,
    says: /web: their VEX documents are unknown: .*\/debian@sha256:\w+: registry answered 403/,
  },
  {
    name: 'fails with 500',
    ...wanted,
    findings: inBase,
    before: beside('debian', package_),
    faults: listing('debian', { kind: 'status', status: 500 }),
    exit: 1,
    images: refused,
    says: /web: their VEX documents are unknown: .*\/debian@sha256:\w+: registry answered 500/,
  },
  {
    name: 'late',
    ...wanted,
    findings: inBase,
    before: beside('debian', package_),
    faults: listing('debian', { kind: 'delay', milliseconds: 700 }),
    exit: 0,
    images: promoted,
  },
];

/** What stands beside the published image of vulnerabilities in it. */
export const imageVexRows: readonly Row[] = [
  {
    name: 'yes',
    ...wanted,
    findings: inApp,
    before: beside('web', web),
    host: 'github',
    exit: 0,
    images: promoted,
    and: ({ images }) => expect(images.web.gate?.exceptionsUsed).toHaveLength(1),
  },
  {
    name: 'no, it is of another image',
    ...wanted,
    findings: inApp,
    before: beside('web', 'pkg:oci/api'),
    exit: 1,
    images: refused,
  },
  { name: 'not asked for', findings: inApp, before: beside('web', web), exit: 1, images: refused },
  {
    name: 'fails with 403',
    ...wanted,
    findings: inApp,
    before: beside('web', web),
    faults: listing('web', { kind: 'status', status: 403 }),
    exit: 1,
    images: refused,
    says: /web: their VEX documents are unknown: .*\/web@sha256:\w+: registry answered 403/,
  },
  {
    name: 'fails with 500',
    ...wanted,
    findings: inApp,
    before: beside('web', web),
    faults: listing('web', { kind: 'status', status: 500 }),
    exit: 3,
    images: { web: 'stale not gated unreachable', api: 'stale promoted' },
  },
  {
    name: 'late',
    ...wanted,
    findings: inApp,
    before: beside('web', web),
    faults: listing('web', { kind: 'delay', milliseconds: 700 }),
    exit: 0,
    images: promoted,
  },
];
