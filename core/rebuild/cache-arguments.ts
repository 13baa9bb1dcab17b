import { lex } from '../dockerfile/lex.ts';
import { fail } from '../failure.ts';
import type { FreshnessRule } from './settings.ts';

/** The build argument that makes what comes after its ARG instruction new. */
const epochArgument = 'BASE_IMAGE_REFRESH_EPOCH';

/** How a build is prevented from taking stale packages out of a cache. */
export interface CacheArguments {
  readonly args: readonly string[];
  readonly notes: readonly string[];
}

export interface CacheInput {
  readonly rule: FreshnessRule;
  readonly dockerfile: string;
  /** The image, for failures. */
  readonly subject: string;
  readonly now: Date;
  /** Whether the builder can build single stages without cache. */
  readonly hasFilters: boolean;
}

/** The arguments that `freshness` makes of a Dockerfile; throws where an epoch is asked for that no stage declares. */
export function cacheArguments({ rule, dockerfile, subject, now, hasFilters }: CacheInput): CacheArguments {
  switch (rule) {
    case 'no-cache':
      return { args: ['--no-cache'], notes: [] };
    case 'cache':
      return { args: [], notes: ['cached layers were allowed: packages in them may be as old as the cache'] };
    case 'epoch':
      if (!declaresEpoch(dockerfile)) throw undeclared(subject);
      return { args: [`--build-arg=${epochArgument}=${now.toISOString()}`], notes: [] };
    case 'no-cache-filters':
      return hasFilters ? filters(dockerfile) : { args: ['--no-cache'], notes: [noFilters] };
  }
}

const noFilters = 'this engine cannot leave out the cache of single stages, so no cache was used at all';

function filters(dockerfile: string): CacheArguments {
  const stages = packageStages(dockerfile);
  // BuildKit has names for unnamed stages, but others where there is one stage alone.
  if (stages.includes(undefined)) return { args: ['--no-cache'], notes: [unnamed] };
  if (stages.length === 0) return { args: [], notes: [noPackages] };
  return { args: stages.map((stage) => `--no-cache-filter=${stage}`), notes: [] };
}

const unnamed = 'a stage without a name fetches packages, so no cache was used at all; name it with AS';
const noPackages = 'no stage runs a package manager that is known, so the cache was used';

const packageManagers =
  /\b(?:apt|apt-get|aptitude|apk|dnf|microdnf|tdnf|yum|zypper|pacman|opkg|pip3?|pipx|uv|poetry|npm|npx|yarn|pnpm|gem|bundle|composer|go|cargo|dotnet|mvn|gradle|curl|wget)\b/;

/** The stages that fetch packages and whatever else is new today, by name where they have one. */
function packageStages(dockerfile: string): readonly (string | undefined)[] {
  const stages: (string | undefined)[] = [];
  let current: string | undefined;
  for (const { keyword, words, rest, heredocs } of lex(dockerfile).instructions) {
    if (keyword === 'from') current = words[2]?.toLowerCase();
    const said = [rest, ...heredocs.map(({ content }) => content)].join('\n');
    const isFetch =
      (keyword === 'run' && packageManagers.test(said)) || (keyword === 'add' && /https?:\/\//.test(rest));
    if (isFetch && !stages.includes(current)) stages.push(current);
  }
  return stages;
}

function declaresEpoch(dockerfile: string): boolean {
  let inStage = false;
  for (const { keyword, words } of lex(dockerfile).instructions) {
    if (keyword === 'from') inStage = true;
    const isEpoch = words.some((word) => word.split('=', 1)[0] === epochArgument);
    if (inStage && keyword === 'arg' && isEpoch) return true;
  }
  return false;
}

function undeclared(subject: string) {
  const fact = `freshness is epoch, and no stage of its Dockerfile declares ARG ${epochArgument}`;
  return fail('config', subject, fact, `write ARG ${epochArgument} before what installs packages, or use no-cache`);
}
