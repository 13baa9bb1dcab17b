import { atLeast, worseOf } from '../scan/severity.ts';
import { given } from '../table.ts';
import { knownMaxAge } from './known-age.ts';
import type { GatePolicy, GateRule, KindGate } from './policy.ts';

/** Every key of a gate but what `loadPolicy` adds. */
export type GateField = Exclude<keyof GatePolicy, 'known' | 'vex'>;
type Value<Field extends GateField> = NonNullable<GatePolicy[Field]>;

/** What both of two policies demand; `open` says whether the first lets the second accept findings at all. */
type Stricter<T> = (floor: T, own: T, open: boolean) => T;

const lower = (floor: number, own: number) => Math.min(floor, own);
const failing: Stricter<KindGate> = (floor, own) => (floor === 'fail' ? floor : own);
const both: Stricter<boolean> = (floor, own) => floor && own;
const ofFloor = <T>(floor: T): T => floor;
const added = <T>(floor: readonly T[], own: readonly T[], open: boolean): readonly T[] =>
  open ? distinct([...floor, ...own]) : floor;

/** What is stricter, key by key: a key without a direction does not compile. */
const stricter: { readonly [Field in GateField]-?: Stricter<Value<Field>> } = {
  scope: (floor, own) => (floor === 'absolute' ? floor : own),
  // What fails more is stricter; what accepts stands above a floor only where that lets it.
  rules: (floor, own, open) => [...floor, ...(open ? own : own.map(tightening))],
  denyIds: (floor, own) => distinct([...floor, ...own]),
  denyPackages: (floor, own) => distinct([...floor, ...own]),
  denyLicences: (floor, own) => distinct([...floor, ...own]),
  secrets: failing,
  misconfigurations: failing,
  licences: failing,
  exceptionsRequire: (floor, own) => distinct([...floor, ...own]),
  severityThreshold: (floor, own) => {
    if (floor === 'none' || own === 'none') return floor === 'none' ? own : floor;
    return atLeast(floor, own) ? own : floor;
  },
  onlyFixable: both,
  newOnly: both,
  unknownSeverity: worseOf,
  // Neither of "app" and "base" is stricter than the other: what both demand is that neither fails.
  owner: (floor, own) => (floor === own ? floor : 'any'),
  graceDays: lower,
  maximum: (floor, own) => {
    const severities = Object.entries(own) as [keyof typeof own, number][];
    return {
      ...floor,
      ...Object.fromEntries(severities.map(([name, most]) => [name, lower(floor[name] ?? most, most)])),
    };
  },
  knownExploited: worseOf,
  knownExploitedFile: ofFloor,
  epssThreshold: lower,
  epssSeverity: worseOf,
  epssFile: ofFloor,
  knownExploitedMaxAge: lower,
  epssMaxAge: lower,
  endOfLife: worseOf,
  allowUnrecognised: both,
  refuse: (floor, own) => distinct([...floor, ...own]),
  exceptions: added,
  ignoreFiles: added,
  vexFiles: added,
  vexReferrers: (floor, own, open) => floor || (open && own),
  exceptionsFrom: (floor, own) => (floor === 'run' ? floor : own),
  exceptionsLongest: lower,
  exceptionsUpTo: (floor, own) => (atLeast(floor, own) ? own : floor),
};

/** What a policy that is a floor says where it says nothing: what a gate without settings does, and no exceptions but its own. */
const silent = {
  scope: 'relative',
  rules: [],
  severityThreshold: 'high',
  onlyFixable: false,
  newOnly: false,
  unknownSeverity: 'medium',
  endOfLife: 'medium',
  owner: 'any',
  graceDays: 0,
  knownExploitedMaxAge: knownMaxAge.knownExploited,
  epssMaxAge: knownMaxAge.epss,
  allowUnrecognised: false,
  secrets: 'show',
  misconfigurations: 'show',
  licences: 'show',
  exceptions: [],
  ignoreFiles: [],
  vexFiles: [],
  vexReferrers: false,
  exceptionsFrom: 'run',
} as const satisfies Partial<GatePolicy>;

/** A policy above a floor, and the keys at which it was looser than the floor and does not count. */
export interface Tightened {
  readonly policy: GatePolicy;
  readonly looser: readonly GateField[];
}

/** The stricter of a floor and of what stands above it, key by key. */
export function tighten(floor: Partial<GatePolicy>, own: Partial<GatePolicy>): Tightened {
  const ground: Partial<GatePolicy> = { ...silent, ...withEpssSeverity(floor) };
  const above: Partial<GatePolicy> = withEpssSeverity(withoutFilesOf(floor, own));
  const open = above.exceptionsFrom !== 'run' && ground.exceptionsFrom === 'repository';
  const fields = Object.keys(stricter) as GateField[];
  const entries = fields.flatMap((field) => {
    const value = together(field, ground, above, open);
    return value === undefined ? [] : [[field, value] as const];
  });
  const policy = { ...silent, ...Object.fromEntries(entries) } as GatePolicy;
  return { policy, looser: fields.filter((field) => field in own && !demands(policy[field], own[field])) };
}

function together(field: GateField, floor: Partial<GatePolicy>, own: Partial<GatePolicy>, open: boolean): unknown {
  const [below, above] = [floor[field], own[field]];
  if (below === undefined || above === undefined) return below ?? above;
  // The table holds that both are of the type of the key.
  const stricterOf = stricter[field] as Stricter<unknown>;
  return stricterOf(below, above, open);
}

/** A policy without the files that would meet what is demanded of it: an empty catalogue exploits nothing. */
export function withoutFilesOf(demanded: Partial<GatePolicy>, own: Partial<GatePolicy>): Partial<GatePolicy> {
  const { knownExploitedFile, epssFile, ...rest } = own;
  // Any rule may be about what those files say.
  const hasRules = (demanded.rules ?? []).length > 0;
  return {
    ...rest,
    ...(hasRules || demanded.knownExploited !== undefined ? {} : given('knownExploitedFile', knownExploitedFile)),
    ...(hasRules || demanded.epssThreshold !== undefined ? {} : given('epssFile', epssFile)),
  };
}

// The severity has a default of its own that is only one where there is a threshold.
function withEpssSeverity(policy: Partial<GatePolicy>): Partial<GatePolicy> {
  return policy.epssThreshold === undefined ? policy : { epssSeverity: 'critical', ...policy };
}

// Whether what was asked for is in what counts.
function demands(counts: unknown, asked: unknown): boolean {
  if (Array.isArray(asked)) {
    const known = new Set((Array.isArray(counts) ? counts : []).map((one) => JSON.stringify(one)));
    return asked.every((one) => known.has(JSON.stringify(one)));
  }
  return JSON.stringify(counts) === JSON.stringify(asked);
}

/** The rule as one that accepts nothing. */
export function tightening(rule: GateRule): GateRule {
  const accepts = rule.outcome !== 'fail' || rule.grace !== undefined;
  return accepts && rule.from !== 'run' ? { ...rule, onlyTightens: true } : rule;
}

function distinct<T>(values: readonly T[]): readonly T[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}
