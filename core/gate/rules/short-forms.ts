import * as v from 'valibot';
import type { Finding } from '../../scan/finding.ts';
import { hardeningKinds } from '../../scan/hardening-facts.ts';
import { namesOf } from '../../table.ts';
import { anyGlob } from '../../text/glob.ts';
import type { GatePolicy, GateRule } from '../policy.ts';
import { type RuleCondition, readCondition } from './language.ts';

/** What a condition as text stands for here, where it is written by the program itself. */
function conditionOf(text: string): RuleCondition {
  const read = readCondition(text);
  if ('fault' in read) throw new Error(`${text} ${read.fault}`);
  return read;
}

const cache = new Map<string, RuleCondition>();

function known(text: string): RuleCondition {
  const found = cache.get(text) ?? conditionOf(text);
  if (cache.size < 1000) cache.set(text, found);
  return found;
}

function rule(name: string, when: string, outcome: GateRule['outcome']): GateRule {
  return { name, when: known(when), outcome, mode: 'enforce', isShort: true };
}

const isVulnerability = 'finding.kind == "vulnerability"';

/** The rules that the short settings of a gate stand for, in the order in which they count. */
export function shortForms(policy: GatePolicy): readonly GateRule[] {
  const { severityThreshold: threshold, owner = 'any', graceDays = 0, refuse = [], scope = 'absolute' } = policy;
  const refused = hardeningKinds
    .filter((kind) => refuse.includes(kind))
    .map((kind) => `HARDENING-${kind.toUpperCase()}`);
  const others = `finding.owner == "${owner === 'app' ? 'base' : 'app'}"`;
  const relative =
    scope === 'relative'
      ? ` && (${isVulnerability} ? finding.introduced || !has(finding.fixed) || finding.fixed : true)`
      : '';
  return [
    ...(refused.length === 0 ? [] : [rule('refuse', `finding.id in ${JSON.stringify(refused)}`, 'fail')]),
    ...otherKinds(policy),
    // Secrets, misconfigurations, licences and facts that are not refused are shown.
    rule('other kinds', '!(finding.kind in ["vulnerability", "end-of-life"])', 'ignore'),
    ...(policy.newOnly ? [rule('new-only', `${isVulnerability} && !finding.introduced`, 'ignore')] : []),
    ...(policy.onlyFixable
      ? [rule('only-fixable', `${isVulnerability} && has(finding.fixed) && !finding.fixed`, 'ignore')]
      : []),
    ...(owner === 'any' ? [] : [rule('owner', `has(finding.owner) && ${others}`, 'ignore')]),
    ...(graceDays === 0
      ? []
      : [
          rule(
            'grace-days',
            `${isVulnerability} && !finding.raised && has(finding.published) && finding.published - now <= duration("24h") && now - finding.published < duration("${graceDays * 24}h")`,
            'ignore',
          ),
        ]),
    ...(threshold === 'none'
      ? []
      : [rule('severity-threshold', `finding.severity >= severity("${threshold}")${relative}`, 'fail')]),
  ];
}

const kindKeys = { secrets: 'secret', misconfigurations: 'misconfiguration', licences: 'licence' } as const;

function otherKinds(policy: GatePolicy): readonly GateRule[] {
  return namesOf(kindKeys).flatMap((key) =>
    policy[key] === 'fail' ? [rule(key, `finding.kind == "${kindKeys[key]}"`, 'fail')] : [],
  );
}

type DenyLists = Pick<GatePolicy, 'denyIds' | 'denyPackages' | 'denyLicences'>;

interface Named extends Pick<Finding, 'id' | 'aliases'> {
  readonly kind?: string | undefined;
  readonly package: Pick<Finding['package'], 'name'>;
}

/** Whether the deny lists of a policy name a finding or its package. */
export function denies({ denyIds = [], denyPackages = [], denyLicences = [] }: DenyLists): (finding: Named) => boolean {
  const ids = new Set(denyIds.map((id) => id.toUpperCase()));
  const isDenied = anyGlob(denyPackages.map((name) => name.toUpperCase()));
  const isLicence = anyGlob(denyLicences.map((name) => name.toUpperCase()));
  return ({ kind, id, aliases, package: { name } }) =>
    [id, ...aliases].some((one) => ids.has(one.toUpperCase())) ||
    isDenied(name.toUpperCase()) ||
    (kind === 'licence' && isLicence(id.toUpperCase()));
}

// The facts of a finding have its names as they are in it.
const named = v.object({
  kind: v.optional(v.string()),
  id: v.string(),
  aliases: v.array(v.string()),
  package: v.object({ name: v.string() }),
});

/** The rules that deny lists stand for; they come before all others, and count as the run's. */
export function denyRules({ denyIds = [], denyPackages = [], denyLicences = [] }: GatePolicy): readonly GateRule[] {
  return [
    ...(denyIds.length === 0 ? [] : [denyRule('deny-ids', 'one of its names', { denyIds })]),
    ...(denyPackages.length === 0 ? [] : [denyRule('deny-packages', 'its package', { denyPackages })]),
    ...(denyLicences.length === 0 ? [] : [denyRule('deny-licences', 'the licence', { denyLicences })]),
  ];
}

// Not as text of a condition: lists are as long as people make them, and conditions have bounds.
function denyRule(name: string, what: string, lists: DenyLists): GateRule {
  const isDenied = denies(lists);
  const when: RuleCondition = {
    text: `${name} has ${what}`,
    isOfFindings: true,
    imageTexts: new Map(),
    evaluate: ({ finding }) =>
      v.is(named, finding)
        ? { kind: isDenied(finding) ? 'yes' : 'no' }
        : { kind: 'unknown', why: 'its names are not known' },
  };
  return { name, when, outcome: 'fail', mode: 'enforce', from: 'run' };
}
