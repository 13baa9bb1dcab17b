import { given } from '../table.ts';
import type { GatePolicy } from './policy.ts';
import { type GateField, tighten, tightening } from './tighten.ts';

/** Who says what of the gate. */
export interface GateLayers {
  /** What inputs of the run say: it counts as it is. */
  readonly given: Partial<GatePolicy>;
  /** What the configuration says, and the policies that it names. */
  readonly own: Partial<GatePolicy>;
  /** What the policies that the run names say: the rest may only be stricter. */
  readonly floor?: Partial<GatePolicy>;
}

/** The gate of a run, or of one image of it, and the keys at which the repository is looser than the floor. */
export interface LayeredGate {
  readonly policy: GatePolicy;
  readonly looser: readonly GateField[];
}

/** Puts the layers of a gate together, with what the configuration says of one image over what it says of all. */
export function layeredGate({ given, own, floor }: GateLayers, ofImage: Partial<GatePolicy> = {}): LayeredGate {
  const said = { ...own, ...ofImage };
  if (floor === undefined) return { policy: { ...unset, ...withoutUnpermitted(said), ...given }, looser: [] };
  const { policy, looser } = tighten(floor, said);
  return { policy: { ...policy, ...given }, looser: looser.filter((field) => !(field in given)) };
}

const unset = {
  scope: 'relative',
  severityThreshold: 'high',
  onlyFixable: false,
  newOnly: false,
  exceptions: [],
} as const;

// A repository may hold itself to the exceptions of the run.
function withoutUnpermitted(said: Partial<GatePolicy>): Partial<GatePolicy> {
  if (said.exceptionsFrom !== 'run') return said;
  const { ignoreFiles: _ignored, vexFiles: _vex, vexReferrers: _referrers, exceptions = [], rules, ...rest } = said;
  const own = exceptions.filter(({ from }) => from === 'run');
  return { ...rest, exceptions: own, ...given('rules', rules?.map(tightening)) };
}
