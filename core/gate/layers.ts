import { fail } from '../failure.ts';
import { given as present } from '../table.ts';
import type { GatePolicy } from './policy.ts';
import { fitsEverything } from './rules/everything.ts';
import { type GateField, tighten, tightening, withoutFilesOf } from './tighten.ts';

/** Who says what of the gate. */
export interface GateLayers {
  /** What inputs of the run say: it counts as it is. */
  readonly given: Partial<GatePolicy>;
  /** What the configuration says, and the policies that it names. */
  readonly own: Partial<GatePolicy>;
  /** Whether that configuration is the run's own, and none of the repository. */
  readonly isOfRun?: boolean;
  /** What the policies that the run names say: the rest may only be stricter. */
  readonly floor?: Partial<GatePolicy>;
}

/** The gate of a run, or of one image of it, and the keys at which the repository is looser than the floor. */
export interface LayeredGate {
  readonly policy: GatePolicy;
  readonly looser: readonly GateField[];
}

/** Puts the layers of a gate together, with what the configuration says of one image over what it says of all. */
export function layeredGate(
  { given, own, isOfRun = false, floor }: GateLayers,
  ofImage: Partial<GatePolicy> = {},
): LayeredGate {
  const all = { ...own, ...ofImage };
  const said = isOfRun ? all : withoutFilesOf(given, all);
  const dropped = fileFields.filter((field) => field in all && !(field in said));
  const source = given.exceptionsFrom ?? all.exceptionsFrom;
  // Above a floor, or where only the run may accept, it accepts nothing anyway.
  if (floor === undefined && !isOfRun && source !== 'run') demandSomethingLeft(all);
  const { policy, looser } =
    floor === undefined
      ? { policy: { ...unset, ...(source === 'run' ? withoutUnpermitted(said) : said) }, looser: [] }
      : tighten({ ...floor, ...present('exceptionsFrom', given.exceptionsFrom) }, said);
  return { policy: { ...policy, ...given }, looser: [...looser, ...dropped].filter((field) => !(field in given)) };
}

// As an exception for everything, it would be no gate.
function demandSomethingLeft({ rules = [] }: Partial<GatePolicy>): void {
  const over = rules.find(({ outcome, from, when }) => outcome === 'ignore' && from !== 'run' && fitsEverything(when));
  if (over === undefined) return;
  const detail = `the rule ${JSON.stringify(over.name)} ignores every vulnerability`;
  const remedy = 'say in its condition what is to be ignored, or set severity-threshold to none to report only';
  throw fail('config', 'gate.rules', detail, remedy);
}

const fileFields = ['knownExploitedFile', 'epssFile'] as const satisfies readonly GateField[];

const unset = {
  scope: 'relative',
  severityThreshold: 'high',
  onlyFixable: false,
  newOnly: false,
  exceptions: [],
} as const;

// The run, or the repository itself, may hold a repository to the exceptions of the run.
function withoutUnpermitted(said: Partial<GatePolicy>): Partial<GatePolicy> {
  const { ignoreFiles: _ignored, vexFiles: _vex, vexReferrers: _referrers, exceptions = [], rules, ...rest } = said;
  const own = exceptions.filter(({ from }) => from === 'run');
  return { ...rest, exceptions: own, ...present('rules', rules?.map(tightening)) };
}
