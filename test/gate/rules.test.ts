import { describe, expect, test } from 'vitest';
import { explainFinding } from '../../core/gate/explain.ts';
import { layeredGate } from '../../core/gate/layers.ts';
import type { GatePolicy } from '../../core/gate/policy.ts';
import { readGate } from '../../core/gate/read-gate.ts';
import { tighten } from '../../core/gate/tighten.ts';
import { describeVerdict, verdictWarnings } from '../../core/gate/verdict.ts';
import { decideGate, explainGate } from '../../core/gate.ts';
import type { Finding } from '../../core/scan/finding.ts';
import { mergeFindings } from '../../core/scan/merge.ts';
import { parseYaml } from '../../core/settings/yaml.ts';
import { finding } from '../scan/support.ts';
import { accept, scanned, strict, today } from './support.ts';

const image = { name: 'acme/web', registry: 'ghcr.io', repository: 'acme/web', base: 'docker.io/library/node:22' };

/** A gate as its YAML says. */
function gate(yaml: string): Partial<GatePolicy> {
  const node = parseYaml(yaml, 'a.yml');
  if (node === undefined) throw new Error('empty');
  return readGate({ file: 'a.yml', key: '', node });
}

function rule(when: string, more = 'then: fail'): Partial<GatePolicy> {
  return gate(`rules: [{ name: r, when: '${when}', ${more} }]`);
}

const lenient: GatePolicy = { ...strict, severityThreshold: 'none' };

function kindOf(policy: Partial<GatePolicy>, findings: readonly Finding[], before?: readonly Finding[]): string {
  return decideGate({ ...lenient, ...policy }, scanned(findings), before, today, image).kind;
}

describe('the relative gate', () => {
  const critical = finding({ severity: 'critical' });
  const relative = { severityThreshold: 'high', scope: 'relative' } as const;
  test.each<readonly [string, readonly Finding[], readonly Finding[] | undefined, string]>([
    ['what was there before and has no fix passes', [critical], [critical, finding({ id: 'CVE-2' })], 'pass'],
    ['what is new fails', [critical], [], 'fail'],
    ['what has a fix fails', [finding({ severity: 'critical', fixed: '2' })], [critical], 'fail'],
    ['nothing known of before makes all of it new', [critical], undefined, 'fail'],
    [
      'what was on another platform is new',
      [critical],
      [finding({ severity: 'critical', platforms: ['linux/arm64'] })],
      'fail',
    ],
    [
      'what is on one more platform is new',
      [finding({ severity: 'critical', platforms: ['linux/amd64', 'linux/arm64'] })],
      [critical],
      'fail',
    ],
    ['what is below the threshold passes', [finding({ severity: 'medium', fixed: '2' })], [], 'pass'],
    ['what has no platform is compared by itself', [finding({ platforms: [] })], [finding({ platforms: [] })], 'pass'],
  ])('%s', (_, findings, before, kind) => {
    expect(kindOf(relative, findings, before)).toBe(kind);
    const absolute = { ...relative, scope: 'absolute' } as const;
    expect(kindOf(absolute, findings, before)).toBe(findings[0]?.severity === 'medium' ? 'pass' : 'fail');
  });

  test('a distribution that has ended fails though it is not new', () => {
    const scan = scanned([], { endOfLife: [{ distribution: 'debian 8', platforms: ['linux/amd64'] }] });
    expect(decideGate({ ...strict, ...relative, endOfLife: 'high' }, scan, [], today).kind).toBe('fail');
  });
});

describe('a condition', () => {
  const full = finding({
    severity: 'critical',
    score: 9.8,
    vector: 'CVSS:3.1/AV:N/AC:L',
    cwes: ['CWE-79'],
    fixed: '2',
    owner: 'app',
    epss: 0.7,
    knownExploited: true,
    published: '2026-11-01T00:00:00Z',
    package: { name: 'lodash', purl: 'pkg:npm/lodash@1', path: 'app/node_modules/lodash/package.json' },
  });
  test.each<readonly [string, string]>([
    ['finding.severity >= severity("high") && finding.owner == "app" && finding.fixed', 'fail'],
    ['finding.severity >= severity("critical") && finding.stated < severity("critical")', 'pass'],
    ['finding.kev || finding.epss > 0.5', 'fail'],
    ['finding.score > 9.0 && finding.vector.contains("AV:N")', 'fail'],
    ['"CWE-79" in finding.cwes', 'fail'],
    ['finding.cwes.exists(c, c == "CWE-1")', 'pass'],
    ['finding.package.type == "npm" && finding.package.path.glob("app/**")', 'fail'],
    ['finding.package.path.glob("usr/**")', 'pass'],
    ['now - finding.published > duration("240h")', 'fail'],
    ['now - finding.published > duration("2400h")', 'pass'],
    ['finding.introduced', 'fail'],
    ['!image.base.startsWith("ghcr.io/acme/")', 'fail'],
    ['image.base.startsWith("docker.io/library/")', 'fail'],
    ['"linux/arm64" in image.platforms', 'pass'],
    ['has(image.size) && image.size > 1000', 'pass'],
  ])('%s', (when, kind) => {
    expect(kindOf(rule(when), [full])).toBe(kind);
  });

  test.each<readonly [string, string]>([
    ['finding.epss > 0.5', 'epss is not known'],
    ['finding.kev', 'kev is not known'],
    ['!finding.kev', 'kev is not known'],
    ['finding.owner == "app"', 'owner is not known'],
    ['finding.score > 1.0', 'score is not known'],
    ['image.size > 1', 'size is not known'],
    ['change.fixed > 0', 'fixed is not known'],
    ['finding.fixed ? true : finding.kev', 'kev is not known'],
  ])('%s never reads as false: %s', (when, why) => {
    const verdict = decideGate({ ...lenient, ...rule(when) }, scanned([finding()]), undefined, today);
    expect(describeVerdict(verdict)).toContain(`gate is inconclusive: the rule "r": cannot be decided for`);
    expect(describeVerdict(verdict)).toContain(why);
    expect(kindOf(rule(when, 'then: ignore'), [finding()])).toBe('pass');
    expect(kindOf({ ...rule(when, 'then: ignore'), severityThreshold: 'low' }, [finding()])).toBe('fail');
  });

  test.each(['finding.fixed', '!finding.fixed', 'finding.fixed == false', 'finding.fixedVersion != ""'])(
    '%s is not known where the scanner says nothing of a fix',
    (when) => {
      const unknown = finding({ fixed: null });
      expect(kindOf(rule(when), [unknown])).toBe('inconclusive');
      expect(kindOf(rule(`has(finding.fixed) && ${when}`), [unknown])).toBe('pass');
      expect(kindOf({ ...rule(when, 'then: ignore'), severityThreshold: 'low' }, [unknown])).toBe('fail');
    },
  );

  test.each([
    'true',
    '1 == 1',
    'now == now',
    'finding.kind == "vulnerability"',
    'finding.kind != "secret"',
    'finding.severity >= severity("unknown")',
    'finding.severity < severity("high") || finding.severity >= severity("high")',
    'finding.fixed || !finding.fixed',
    'finding.id != ""',
    'finding.package.name.size() > 0',
    'finding.owner in ["base", "app"]',
    'has(finding.id)',
    '!(finding.id == "CVE-2026-1" && finding.id == "CVE-2026-2")',
    'finding.id != "" && image.name == "ghcr.io/acme/web"',
    'image.registry == "ghcr.io" && image.repository == "acme/web" && finding.severity >= severity("unknown")',
    'image.name.glob("ghcr.io/acme/**") && (finding.fixed || !finding.fixed)',
    'image.name.startsWith("ghcr.io/acme") && has(finding.id)',
    '["ghcr.io/acme/a", "ghcr.io/acme/b"].exists(name, name == image.name) && has(finding.id)',
    '(image.tag == "1" ? true : finding.fixed) && has(finding.id)',
    '"root-user" in image.facts && has(finding.id)',
    'image.name != "ghcr.io/acme/web" && has(finding.id)',
  ])('that ignores everything is refused: %s', (when) => {
    const own = rule(when, 'then: ignore');
    expect(() => layeredGate({ given: {}, own })).toThrow(
      'gate.rules: the rule "r" ignores every vulnerability; say in its condition what is to be ignored',
    );
    expect(() => layeredGate({ given: {}, own: {} }, own)).toThrow('ignores every vulnerability');
    // The run may say what it likes, and above its floor such a rule accepts nothing.
    expect(() => layeredGate({ given: {}, own, isOfRun: true })).not.toThrow();
    expect(layeredGate({ given: {}, own, floor: {} }).looser).toEqual(['rules']);
    expect(() => layeredGate({ given: {}, own: rule(when, 'then: fail') })).not.toThrow();
  });

  test.each([
    'finding.kind == "secret"',
    'finding.severity <= severity("high")',
    'finding.owner == "base"',
    '!finding.fixed',
    '!finding.introduced',
    'finding.package.type == "npm"',
    'finding.epss < 0.01',
    'image.base == "docker.io/library/node:22"',
    'image.name == "ghcr.io/acme/web" && finding.owner == "base"',
    'image.name == "ghcr.io/acme/web" && finding.id == "CVE-2026-1"',
    'finding.package.name == "a" || image.name == "b" && !finding.fixed',
    'now - finding.published < duration("720h")',
  ])('that ignores some is not: %s', (when) => {
    expect(() => layeredGate({ given: {}, own: rule(when, 'then: ignore') })).not.toThrow();
  });

  test('decides by platform where its scanner says something else of each', () => {
    const on = (arch: string) =>
      finding({
        package: { name: 'a', purl: `pkg:deb/debian/a@1?arch=${arch}` },
        platforms: [`linux/${arch}`],
      });
    const both = mergeFindings([[on('amd64')], [on('arm64')]]);
    expect(both).toHaveLength(1);
    const only = rule('finding.package.purl.contains("arch=amd64")', 'then: ignore');
    const verdict = decideGate({ ...strict, ...only }, scanned(both), undefined, today);
    expect(verdict.kind === 'fail' ? verdict.breaches.map((breach) => breach.finding.platforms) : []).toEqual([
      ['linux/arm64'],
    ]);
    const all = decideGate(strict, scanned(both), undefined, today);
    expect(all.kind === 'fail' ? all.breaches.map((breach) => breach.finding.platforms) : []).toEqual([
      ['linux/amd64', 'linux/arm64'],
    ]);
  });

  test('fails rather than is inconclusive where something else fails', () => {
    expect(kindOf({ ...rule('finding.kev'), severityThreshold: 'low' }, [finding({ id: 'CVE-9' })])).toBe(
      'inconclusive',
    );
    const rules = gate(`rules: [{ name: a, when: finding.kev, then: fail }]`).rules ?? [];
    const policy = { ...lenient, rules, denyIds: ['CVE-2'] };
    expect(decideGate(policy, scanned([finding(), finding({ id: 'CVE-2' })]), undefined, today).kind).toBe('fail');
  });

  test.each([
    ['finding.sevrity > 1', 'names finding.sevrity; there are kind, id'],
    ['finding.package.nam == "a"', 'names finding.package.nam; there are name'],
    ['severity("hihg") > 1', 'names no severity in severity()'],

    [
      'finding.severity == "HIGH"',
      'puts together what is of different types: int == string; compare a severity with severity("high")',
    ],
    ['finding.severity in ["HIGH"]', 'int in list<string>; compare a severity with severity("high")'],
    ['"CRITICAL" == finding.stated', 'string == int; compare a severity with severity("high")'],
    ['finding.fixed == "yes"', 'puts together what is of different types: bool == string'],
    ['finding.score == "9"', 'puts together what is of different types: double == string'],
    ['finding.cwes.exists(c, c == 79)', 'puts together what is of different types: string == int'],
    ['finding.cwes == "CWE-79"', 'puts together what is of different types: list<string> == string'],
    ['finding.kev == 1', 'puts together what is of different types: bool == int'],
    ['now > "2026-01-01"', 'puts together what is of different types'],
    ['image.size > "1"', 'puts together what is of different types'],
    ['finding["sev"] == "a"', 'is not CEL: it names sev, which is not there'],
    ['image["nam"] == "a"', 'is not CEL: it names nam, which is not there'],
    ['1 + 1', 'is of type int, and not bool'],
    ['finding.kev &&', 'is not CEL'],
    ['nosuch.x', 'is not CEL'],
    ['finding.id.matches("(a+)+")', 'uses matches, which rules cannot'],
    ['cel.bind(a, "x", a == a)', 'uses bind, which rules cannot'],
    ['bytes("a") == bytes("a")', 'uses bytes, which rules cannot'],
    ['finding.cwes.exists(a, finding.cwes.exists(b, finding.cwes.exists(c, c == a)))', 'has exists more than 2 deep'],
    [`finding.id == "${'a'.repeat(2000)}"`, 'has more than 2000 characters'],
    [Array.from({ length: 150 }, () => 'true').join(' || ') + ' || true'.repeat(20), 'is not CEL'],
  ])('%s is a configuration error', (when, sentence) => {
    expect(() => gate(`rules: [{ name: r, when: ${JSON.stringify(when)}, then: fail }]`)).toThrow(sentence);
  });

  test('more rules than anybody writes are a configuration error', () => {
    const one = '{ name: r, when: finding.fixed, then: fail }';
    expect(() => gate(`rules: [${Array.from({ length: 101 }, () => one).join(', ')}]`)).toThrow('more than 100 rules');
  });
});

describe('a rule', () => {
  test('is the first that fits', () => {
    const rules = `rules:
  - { name: a, when: 'finding.id == "CVE-2026-1"', then: ignore }
  - { name: b, when: 'finding.severity >= severity("low")', then: fail }`;
    expect(kindOf(gate(rules), [finding()])).toBe('pass');
    expect(kindOf(gate(rules), [finding({ id: 'CVE-2' })])).toBe('fail');
  });

  test('warns and says so', () => {
    const findings = ['1', '2', '3', '4'].map((id) => finding({ id: `CVE-${id}` }));
    const verdict = decideGate(
      { ...strict, ...rule('finding.fixed == false', 'then: warn') },
      scanned(findings),
      undefined,
      today,
    );
    expect(verdict.kind).toBe('pass');
    expect(verdictWarnings(verdict)).toEqual(['the rule "r" warns of CVE-1, CVE-2, CVE-3 and 1 more']);
  });

  test('says why and who in its breach', () => {
    const policy = rule('finding.id != ""', 'then: fail, reason: we promised, owner: platform');
    const verdict = decideGate({ ...lenient, ...policy }, scanned([finding()]), undefined, today);
    expect(verdict).toMatchObject({
      breaches: [
        {
          rule: 'rule',
          name: 'r',
          advice: expect.stringContaining('The rule "r" does not allow it (we promised, platform).'),
        },
      ],
    });
  });

  test.each([
    ['2026-11-22T12:00:00Z', 'pass'],
    ['2026-11-22T12:00:01Z', 'fail'],
    ['2999-01-01T00:00:00Z', 'fail'],
  ])('gives grace since %s: %s, as a day to come is none', (published, kind) => {
    const policy = { ...lenient, ...rule('finding.id != ""', 'then: fail, grace: 14d since published') };
    expect(decideGate(policy, scanned([finding({ published })]), undefined, today).kind).toBe(kind);
  });

  test.each([
    ['mode: dry-run', 'pass', ['dry run: the rule "r" would fail CVE-2026-1']],
    ['mode: dry-run, until: 2026-11-21', 'pass', ['dry run: the rule "r" would fail CVE-2026-1']],
    ['mode: dry-run, until: 2026-11-20', 'fail', []],
    ['until: 2026-11-21', 'fail', []],
    ['until: 2026-11-20', 'pass', []],
    ['grace: 14d since published', 'pass', ['the rule "r" warns of (it fails from 2026-11-24 on) CVE-2026-1']],
    ['grace: 10d since published', 'fail', []],
    ['grace: 14d since fix', 'fail', []],
    ['grace: 14d since first seen', 'fail', []],
  ])('with %s: %s', (more, kind, warnings) => {
    const found = finding({ published: '2026-11-10T00:00:00Z' });
    const policy = { ...lenient, ...rule('finding.id != ""', `then: fail, ${more}`) };
    const verdict = decideGate(policy, scanned([found]), undefined, today);
    expect([verdict.kind, verdictWarnings(verdict)]).toEqual([kind, warnings]);
  });

  test.each(['14 days', '14d', '14d since forever', '-1d since fix'])(
    'grace of %s is a configuration error',
    (grace) => {
      expect(() => rule('finding.fixed', `then: fail, grace: "${grace}"`)).toThrow('write days and since when');
    },
  );
});

describe('above a floor', () => {
  const ignore = rule('finding.id == "CVE-2026-1"', 'then: ignore');
  const floor = { severityThreshold: 'high' } as const;
  const above = (own: Partial<GatePolicy>, below: Partial<GatePolicy> = floor) =>
    decideGate(tighten(below, own).policy, scanned([finding()]), undefined, today).kind;
  const run = (policy: Partial<GatePolicy>) => ({
    ...floor,
    rules: policy.rules?.map((one) => ({ ...one, from: 'run' as const })) ?? [],
  });

  test.each<readonly [string, string, string]>([
    ['a rule that ignores does not count', above(ignore), 'fail'],
    ['a rule that warns does not count', above(rule('finding.id != ""', 'then: warn')), 'fail'],
    [
      'a rule in grace does not count',
      above(rule('finding.id != ""', 'then: fail, grace: 3650d since published')),
      'fail',
    ],
    ['a rule that fails does', above(rule('finding.id != ""'), { severityThreshold: 'none' }), 'fail'],
    ['a rule that ignores counts where it is let', above(ignore, { ...floor, exceptionsFrom: 'repository' }), 'pass'],
    [
      'not for what is worse than it is let',
      above(ignore, { ...floor, exceptionsFrom: 'repository', exceptionsUpTo: 'low' }),
      'fail',
    ],
    [
      'not for longer than it is let',
      above(ignore, { ...floor, exceptionsFrom: 'repository', exceptionsLongest: 30 }),
      'fail',
    ],
    [
      'not for ever after a dry run',
      above(rule('finding.id != ""', 'then: ignore, mode: dry-run, until: 2026-11-20'), {
        ...floor,
        exceptionsFrom: 'repository',
        exceptionsLongest: 30,
      }),
      'fail',
    ],
    [
      'as long as it is let',
      above(rule('finding.id != ""', 'then: ignore, until: 2026-12-01'), {
        ...floor,
        exceptionsFrom: 'repository',
        exceptionsLongest: 30,
      }),
      'pass',
    ],
    [
      'not without what it must say',
      above(ignore, { ...floor, exceptionsFrom: 'repository', exceptionsRequire: ['owner'] }),
      'fail',
    ],
    ['a rule of the run that ignores does', above({}, run(ignore)), 'pass'],
    ['which a rule of the repository may fail', above(rule('finding.id != ""'), run(ignore)), 'fail'],
    [
      'a rule of the run fails what the repository ignores',
      above(ignore, { ...run(rule('finding.id != ""')), exceptionsFrom: 'repository' }),
      'fail',
    ],
    ['an absolute floor', above({ scope: 'relative' }, { ...floor, scope: 'absolute' }), 'fail'],
  ])('%s', (_, kind, expected) => {
    expect(kind).toBe(expected);
  });

  test('says that a rule is looser', () => {
    expect(tighten(floor, ignore).looser).toEqual(['rules']);
    expect(tighten(floor, rule('finding.fixed')).looser).toEqual([]);
  });
});

describe('what is denied', () => {
  const many = (prefix: string) => Array.from({ length: 1000 }, (_, at) => `${prefix}${at}`);
  test.each<readonly [Partial<GatePolicy>, string]>([
    [{ denyIds: ['cve-2026-1'] }, 'fail'],
    [{ denyIds: ['GHSA-1'] }, 'fail'],
    [{ denyIds: ['CVE-2'] }, 'pass'],
    [{ denyPackages: ['open*'] }, 'fail'],
    [{ denyPackages: ['OpenSSL'] }, 'fail'],
    [{ denyPackages: ['curl'] }, 'pass'],
    [{ denyIds: ['CVE-2026-1'], exceptions: [accept()] }, 'fail'],
    [{ denyIds: ['CVE-2026-1'], exceptions: [accept({ from: 'run' })] }, 'pass'],
  ])('%o', (policy, kind) => {
    expect(kindOf(policy, [finding({ aliases: ['GHSA-1'] })])).toBe(kind);
  });

  test.each<readonly [string, Partial<GatePolicy>, string]>([
    ['a name', { denyIds: [...many('CVE-2025-'), 'CVE-2026-1'] }, 'fail'],
    ['a package', { denyPackages: [...many('lib'), 'openssl'] }, 'fail'],
    ['nothing', { denyIds: many('CVE-2025-'), denyPackages: many('lib') }, 'pass'],
  ])('by long lists with %s of what was found', (_, policy, kind) => {
    expect(kindOf(policy, [finding()])).toBe(kind);
  });
});

describe('exceptions', () => {
  test.each<readonly [Partial<GatePolicy>, string]>([
    [{ exceptions: [accept()], exceptionsRequire: ['owner', 'expires'] }, 'fail'],
    [{ exceptions: [accept({ owner: 'me', expires: '2099-01-01' })], exceptionsRequire: ['owner', 'expires'] }, 'pass'],
  ])('that have to say something: %o', (policy, kind) => {
    expect(kindOf({ ...policy, severityThreshold: 'high' }, [finding()])).toBe(kind);
  });

  test.each([
    ['app/{a,b}/*', 'app/a/x', 'pass'],
    ['app/[ab]/*', '/app/b/x', 'pass'],
    ['!app/*', 'app/x', 'fail'],
    ['*/*.jar', 'app/x.jar', 'pass'],
  ])('by path, %s of %s', (path, at, kind) => {
    const on = finding({ package: { name: 'a', path: at } });
    expect(kindOf({ severityThreshold: 'high', exceptions: [accept({ path })] }, [on])).toBe(kind);
  });

  test('do not say why of a rule alone where a finding counts as more', () => {
    const known = { exploited: new Set(['CVE-2026-1']) };
    const policy = { ...lenient, ...rule('finding.raised'), knownExploited: 'critical', known } as const;
    expect(decideGate(policy, scanned([finding()]), undefined, today)).toMatchObject({
      breaches: [{ advice: expect.stringContaining('counts as critical. The rule "r" does not allow it.') }],
    });
  });

  test('that end soon are announced', () => {
    const policy = { ...strict, exceptions: [accept({ expires: '2026-11-26' })] };
    const verdict = decideGate(policy, scanned([finding()]), undefined, today);
    expect(verdictWarnings(verdict)).toEqual([
      'the exception for CVE-2026-1 ends in 5 days, on 2026-11-26 (not reachable)',
    ]);
  });
});

describe('what decided', () => {
  const explain = (policy: Partial<GatePolicy>, id = 'CVE-2026-1') =>
    explainFinding(id, explainGate({ ...lenient, ...policy }, scanned([finding()]), undefined, today).outcomes).join(
      '; ',
    );
  const start = 'CVE-2026-1 in openssl 3.0.20';
  test.each<readonly [Partial<GatePolicy>, string]>([
    [{}, `${start} passes: no rule fits it`],
    [
      { severityThreshold: 'high' },
      `${start} fails by the setting severity-threshold, because finding.severity >= severity("high")`,
    ],
    [{ onlyFixable: true }, `${start} is ignored by the setting only-fixable`],
    [{ exceptions: [accept()] }, `${start} is accepted by an exception: not reachable`],
    [
      { exceptions: [accept({ source: '.trivyignore:1' })] },
      `${start} is accepted by an exception in .trivyignore:1: not reachable`,
    ],
    [
      rule('finding.id != ""', 'then: warn'),
      `${start} passes with a warning by the rule "r", because finding.id != ""`,
    ],
    [rule('finding.kev'), `${start} cannot be decided by the rule "r" (kev is not known), because finding.kev`],
    [
      rule('finding.id != ""', 'then: fail, mode: dry-run'),
      'dry run: the rule "r" would fail, because finding.id != ""',
    ],
  ])('%o', (policy, sentence) => {
    expect(explain(policy)).toContain(sentence);
  });

  test('is nothing of what was not found', () => {
    expect(explain({}, 'CVE-1999-1')).toBe('CVE-1999-1 is not among what was found');
  });
});
