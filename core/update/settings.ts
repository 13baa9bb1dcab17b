import { familiar, type Reference } from '../oci/reference.ts';
import { anyGlob } from '../text/glob.ts';
import type { UpdatePolicy } from './update.ts';

/** What decides about one reference. */
export interface UpdateChoice {
  readonly policy: UpdatePolicy;
  /** Whether a suffix's own version or codename may go up too. */
  readonly suffix: 'keep' | 'move';
  readonly longTermOnly: boolean;
  readonly longTermMajors?: readonly number[];
  readonly preReleases: boolean;
  /** Whether a reference without a digest gets one. */
  readonly pinDigests: boolean;
  /** Days. */
  readonly minimumAge: number;
  /** Range of versions that are allowed. */
  readonly allow?: string;
  readonly ignore: readonly string[];
  /** Last day of support, in place of what is known: `2027-01-31`. */
  readonly endOfLife?: string;
  /** The repository that takes its place, in place of what is known. */
  readonly replacedBy?: Reference;
  /** Name of the pull request that an update belongs into. */
  readonly group: string;
}

/** What a rule of the configuration says for the references that it matches. */
export type UpdateRule = Partial<UpdateChoice> & { readonly match: readonly string[] };

/** How `update` works. */
export interface UpdateSettings extends UpdateChoice {
  readonly write: boolean;
  /** Whether it is about what was promoted alone. */
  readonly promoted?: boolean;
  /** Whether a pin on the manifest of one platform is put on the index. */
  readonly repairPins: boolean;
  /** Whether what a cool-down holds is scanned beside what is used, and taken where it fixes what the gate refuses. */
  readonly scanHeld: boolean;
  /** Absolute path of the record of when tags were first seen; in the output directory without it. */
  readonly firstSeen?: string;
  readonly rules: readonly UpdateRule[];
}

/** What holds for one reference: the settings of the run, and over them each rule that matches, the last one on top. */
export function choiceFor(settings: UpdateSettings, reference: Reference): UpdateChoice {
  const names = namesOf(reference);
  const matching = settings.rules.filter(({ match }) => {
    const isMatch = anyGlob(match);
    return names.some((name) => isMatch(name));
  });
  const { write, promoted, repairPins, scanHeld, firstSeen, rules, ...choice } = settings;
  const chosen: UpdateChoice = Object.assign({}, choice, ...matching.map(({ match: ______, ...rule }) => rule));
  return promoted && chosen.policy !== 'off' ? asPromoted(chosen, settings.group) : chosen;
}

// The gate has had its say, and the tag is the one that promotion moved: there is nothing to choose and to wait for.
function asPromoted(choice: UpdateChoice, usual: string): UpdateChoice {
  const group = choice.group === usual ? 'promoted-images' : choice.group;
  return { ...choice, policy: 'digest', pinDigests: true, minimumAge: 0, group };
}

// A pattern may name the repository as people write it or in full, and the tag after it.
function namesOf({ registry, repository, tag }: Reference): readonly string[] {
  const names = [familiar({ registry, repository }), `${registry}/${repository}`];
  return tag === undefined ? names : [...names, ...names.map((name) => `${name}:${tag}`)];
}
