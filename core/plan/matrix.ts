import { createHash } from 'node:crypto';
import { formatReference } from '../oci/reference.ts';
import type { PlanStep, RefreshPlan } from './plan.ts';

type Rebuild = Extract<PlanStep, { readonly kind: 'rebuild' }>;

/** The images to rebuild, in order. */
export function rebuilds(plan: RefreshPlan): readonly Rebuild[] {
  return plan.levels.flat().filter((step) => step.kind === 'rebuild');
}

/**
 * The plan as a job matrix: for GitHub `{"include":[…]}`, for Azure an object of legs whose variables are strings.
 * Images that are built on one another share a shard, since one is built on the candidate of the other.
 */
export function planMatrix(plan: RefreshPlan, host: 'github' | 'azure'): string {
  const shards = shardsOf(rebuilds(plan)).map(shardOf);
  if (host === 'github') return JSON.stringify({ include: shards });
  return JSON.stringify(Object.fromEntries(shards.map(({ id, ...variables }) => [id, variables])));
}

interface Shard {
  /** `[A-Za-z][A-Za-z0-9_]{0,99}`, the grammar of an Azure leg. */
  readonly id: string;
  readonly name: string;
  /** Dockerfiles, one a line: the input `file`. */
  readonly file: string;
  /** NAME=REFERENCE, one a line: the input `image`. */
  readonly image: string;
}

function shardOf(steps: readonly Rebuild[]): Shard {
  const builds = steps.map(({ image }) => image.build);
  const name = builds.map((build) => build.name).join(', ');
  return {
    id: legName(builds.map((build) => build.name)),
    name,
    file: [...new Set(builds.map((build) => build.dockerfile))].join('\n'),
    image: builds
      .flatMap((build) => build.releases.slice(0, 1).map((release) => `${build.name}=${formatReference(release)}`))
      .join('\n'),
  };
}

// Readable, and unique by a hash of what the readable part may lose.
function legName(names: readonly string[]): string {
  const text = names.join('_');
  const readable = text.replace(/[^A-Za-z0-9]+/g, '_').slice(0, 60);
  const hash = createHash('sha256').update(names.join('\n')).digest('hex').slice(0, 8);
  return `${/^[A-Za-z]/.test(readable) ? '' : 'image_'}${readable}_${hash}`;
}

// Connected components of "is built on" among the images to rebuild.
function shardsOf(steps: readonly Rebuild[]): readonly (readonly Rebuild[])[] {
  const shards: Rebuild[][] = [];
  for (const step of steps) {
    const joined = shards.filter((shard) => shard.some((other) => step.parents.includes(other.image.build.name)));
    const [first, ...others] = joined;
    if (first === undefined) {
      shards.push([step]);
      continue;
    }
    for (const other of others) {
      first.push(...other);
      shards.splice(shards.indexOf(other), 1);
    }
    first.push(step);
  }
  return shards;
}
