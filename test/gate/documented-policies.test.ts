import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { GatePolicy } from '../../core/gate/policy.ts';
import { readGate } from '../../core/gate/read-gate.ts';
import { tighten } from '../../core/gate/tighten.ts';
import { decideGate } from '../../core/gate.ts';
import type { Digest } from '../../core/oci/digest.ts';
import type { Finding } from '../../core/scan/finding.ts';
import { below } from '../../core/settings/file-node.ts';
import { parseYaml } from '../../core/settings/yaml.ts';
import { finding } from '../scan/support.ts';
import { scanned, strict, today } from './support.ts';

const guide = readFileSync(new URL('../../docs/policy.md', import.meta.url), 'utf8');
const [, section = ''] = guide.split('## Sixteen policies\n');
const policies = new Map(
  [...section.matchAll(/^### (.+)\n(?:(?!###)[\s\S])*?```yaml\n([\s\S]*?)```/gm)].map(([, name = '', yaml = '']) => [
    name,
    yaml,
  ]),
);

function policyOf(name: string): Partial<GatePolicy> {
  const node = parseYaml(policies.get(name) ?? '', 'policy.md');
  if (node === undefined) throw new Error(`no policy ${name}`);
  return readGate(below({ file: 'policy.md', key: '', node }, 'gate'));
}

const base = 'docker.io/library/node:22';
const critical = finding({ severity: 'critical', owner: 'app' });
const deb = { name: 'openssl', purl: 'pkg:deb/debian/openssl@1' };
const at = (published: string) => finding({ severity: 'critical', fixed: '2', fixPublished: published });
const known = (changes: object) => ({ known: { exploited: new Set<string>(), ...changes } });
const due = (day: string) => known({ due: new Map([['CVE-2026-1', day]]) });

/** A policy, findings now and before, and the verdict; and what else is known. */
type Row = readonly [string, readonly Finding[], readonly Finding[] | undefined, string, Partial<GatePolicy>?, string?];

const rows: readonly Row[] = [
  ['Nothing new, nothing fixable', [critical], [critical], 'pass'],
  ['Nothing new, nothing fixable', [critical], [], 'fail'],
  ['Everything at the threshold', [critical], [critical], 'fail'],
  ['Everything at the threshold', [finding()], [], 'pass'],
  ['Base and application apart', [finding({ owner: 'base' })], [finding({ owner: 'base' })], 'pass'],
  ['Base and application apart', [finding({ owner: 'base' })], [], 'fail'],
  ['Base and application apart', [critical], [critical], 'fail'],
  ['Base and application apart', [finding({ owner: 'app' })], [], 'pass'],
  ['Base and application apart', [finding({ owner: 'unknown' })], [], 'inconclusive'],
  ['Grace by severity since the fix', [at('2026-11-18')], [], 'pass'],
  ['Grace by severity since the fix', [at('2026-11-10')], [], 'fail'],
  ['Grace by severity since the fix', [finding({ severity: 'critical', fixed: '2' })], [], 'fail'],
  ['Approved bases', [], [], 'fail'],
  ['Approved bases', [], [], 'pass', {}, 'registry.example/approved/node:22'],
  ['Deny list', [finding({ id: 'CVE-2021-44228', severity: 'low' })], [], 'fail'],
  ['Deny list', [finding({ severity: 'low', package: { name: 'event-stream-x' } })], [], 'fail'],
  ['Deny list', [finding({ severity: 'low' })], [], 'pass'],
  ['Network attacks by CVSS vector', [finding({ vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N' })], [], 'fail'],
  ['Network attacks by CVSS vector', [finding({ vector: 'CVSS:3.1/AV:L/AC:L/PR:N/UI:N' })], [], 'pass'],
  ['EPSS lets the unlikely pass', [finding({ epss: 0.001 })], [], 'pass'],
  ['EPSS lets the unlikely pass', [finding({ epss: 0.5 })], [], 'fail'],
  ['EPSS lets the unlikely pass', [finding()], [], 'fail'],
  ['Known exploited, by its due date', [finding()], [], 'fail', due('2026-11-01')],
  ['Known exploited, by its due date', [finding()], [], 'pass', due('2026-12-01')],
  ['Staged roll-out of a stricter threshold', [finding()], [], 'pass'],
  ['Staged roll-out of a stricter threshold', [critical], [], 'fail'],
  ['Development dependencies', [finding({ package: { name: 'a', path: 'app/test/a/package.json' } })], [], 'pass'],
  ['Development dependencies', [finding({ package: { name: 'a', path: 'app/a/package.json' } })], [], 'fail'],
  ['Weaknesses', [finding({ cwes: ['CWE-89'] })], [], 'fail'],
  ['Weaknesses', [finding({ cwes: ['CWE-79'] })], [], 'pass'],
  ['Distribution packages by their own fixes', [finding({ package: deb })], [], 'pass'],
  ['Distribution packages by their own fixes', [finding({ package: deb, fixed: '2' })], [], 'fail'],
  ['A refresh has to improve', [finding()], [], 'fail'],
  ['A refresh has to improve', [finding()], [finding({ id: 'CVE-2' }), finding()], 'pass'],
  ['A refresh has to improve', [finding()], undefined, 'inconclusive'],
];

test.each(rows.map((row) => ({ row })))(
  '$row.0: %#',
  ({ row: [name, findings, before, kind, more = {}, on = base] }) => {
    const policy: GatePolicy = { ...strict, ...policyOf(name), ...more };
    expect(decideGate(policy, scanned(findings), before, today, { name: 'web', base: on }).kind).toBe(kind);
  },
);

test.each<readonly [number, readonly 'root-user'[], string]>([
  [1000, [], 'pass'],
  [600_000_000, [], 'fail'],
  [1000, ['root-user'], 'fail'],
])('Not as root, not too large: %d bytes, %o', (bytes, facts, kind) => {
  const hardening = {
    facts: facts.map((one) => ({ kind: one, files: [], count: 0, platforms: ['linux/amd64'] })),
    sizes: [{ platform: 'linux/amd64', bytes, layers: 3 }],
    slimmer: [],
  };
  const policy = { ...strict, ...policyOf('Not as root, not too large') };
  expect(decideGate(policy, scanned([], { hardening }), [], today).kind).toBe(kind);
});

test.each([
  [{ owner: 'me', expires: '2026-12-24' }, 'pass'],
  [{ owner: 'me', expires: '2027-12-24' }, 'fail'],
  [{ expires: '2026-12-24' }, 'fail'],
])('Exceptions that end: %o', (more, kind) => {
  const exceptions = [{ id: 'CVE-2026-1', reason: 'not reachable', ...more }];
  const { policy } = tighten(policyOf('Exceptions that end'), { exceptions });
  expect(decideGate(policy, scanned([finding()]), undefined, today).kind).toBe(kind);
});

test('there are sixteen, and each is tried', () => {
  const tried = new Set([...rows.map(([name]) => name), 'Not as root, not too large', 'Exceptions that end']);
  expect([...policies.keys()].toSorted()).toEqual([...tried].toSorted());
  expect(policies.size).toBe(16);
});

test('a base that nobody knows is approved by nobody', () => {
  const digest = `sha256:${'a'.repeat(64)}` as Digest;
  expect(decideGate({ ...strict, ...policyOf('Approved bases') }, scanned([]), [], today, { digest }).kind).toBe(
    'inconclusive',
  );
});
