import type { DiscoveredBuild } from '../../discover/build.ts';
import { attempt } from '../../failure.ts';
import { dockerfileOf } from '../../rebuild/dockerfile-text.ts';
import { type Obstacle, obstacles, runObstacles } from '../../rebuild/rebase/obstacles.ts';
import { counted, listed } from '../../text/words.ts';
import { type DoctorFinding, note } from '../check.ts';
import type { DoctorCheck } from '../check-definition.ts';
import type { Examination } from '../examination.ts';

/** An image, and what in its Dockerfile keeps it from being rebased. */
export interface Rebasability {
  readonly name: string;
  readonly obstacles: ReadonlySet<Obstacle>;
}

interface Advice {
  /** What the images do, of one of them and of several. */
  readonly fact: readonly [string, string];
  readonly remedy: string;
}

const advices: Readonly<Record<Obstacle, Advice>> = {
  language: {
    fact: [
      'compiles or installs language packages in its last stage',
      'compile or install language packages in their last stage',
    ],
    remedy: 'do that in a build stage, and copy what it made with COPY --from',
  },
  packages: {
    fact: ['installs packages of the distribution', 'install packages of the distribution'],
    remedy: 'put them into a base image of your own, which is built once for all',
  },
  builders: {
    fact: ['takes files from a base that moves by itself', 'take files from bases that move by themselves'],
    remedy: 'pin the bases of build stages by digest, and move them with update',
  },
  users: {
    fact: ['makes users by RUN', 'make users by RUN'],
    remedy: 'use a numeric USER and COPY --chown with numbers',
  },
  files: {
    fact: ['changes files by RUN', 'change files by RUN'],
    remedy: 'use COPY --chmod, COPY --chown and WORKDIR',
  },
  other: {
    fact: [
      'has a RUN whose result may depend on the base',
      'have RUN instructions whose result may depend on the base',
    ],
    remedy: 'run it in a build stage, and copy what it made with COPY --from',
  },
};

/** How many images a proof can reach, and what would let it reach more: what frees most images first. */
export function rebaseAdvice(images: readonly Rebasability[]): readonly DoctorFinding[] {
  if (images.length === 0) return [];
  const free = images.filter((image) => image.obstacles.size === 0).length;
  const reach = `nothing in the Dockerfile of ${free} of ${counted(images.length, 'image')} keeps it from being rebased; the others are built`;
  const gains = obstacles
    .map((obstacle) => {
      const blocked = images.filter((image) => image.obstacles.has(obstacle));
      return { obstacle, blocked, alone: blocked.filter((image) => image.obstacles.size === 1).length };
    })
    .filter(({ blocked }) => blocked.length > 0)
    .toSorted((a, b) => b.alone - a.alone || b.blocked.length - a.blocked.length);
  return [note('rebase', reach), ...gains.map(adviceOf)];
}

function adviceOf({
  obstacle,
  blocked,
  alone,
}: {
  obstacle: Obstacle;
  blocked: readonly Rebasability[];
  alone: number;
}) {
  const { fact, remedy } = advices[obstacle];
  const names = listed(blocked.map(({ name }) => name));
  const gain = alone === 0 ? 'one reason of several' : `the only reason for ${alone} of ${blocked.length}`;
  return note('rebase', `${names} ${fact[blocked.length === 1 ? 0 : 1]}: ${gain} to be built`, remedy);
}

/** What a Dockerfile says of the chance that its image is rebased. */
export const rebaseAdviceCheck: DoctorCheck = {
  id: 'rebase-advice',
  group: 'repository',
  examine: async (examination) => {
    if (examination.config.rebase.policy === 'never') return [];
    const { builds } = await examination.discovery();
    const images = await Promise.all(builds.map((build) => rebasabilityOf(examination, build)));
    return rebaseAdvice(images.flatMap((image) => image ?? []));
  },
};

async function rebasabilityOf(
  { world, config }: Examination,
  { build, dockerfile }: DiscoveredBuild,
): Promise<Rebasability | undefined> {
  if (dockerfile.kind === 'refused' || !dockerfile.bases.some(({ runtime }) => runtime)) return undefined;
  const text = await attempt(build.name, () => dockerfileOf(world, { root: config.root, build }));
  if (text.kind === 'failed') return undefined;
  const moves = dockerfile.bases.some(
    ({ reachable, runtime, via, reference }) =>
      reachable && !runtime && via !== 'syntax' && reference.digest === undefined,
  );
  const runs = runObstacles(text.value, build.target);
  return { name: build.name, obstacles: new Set<Obstacle>([...(moves ? (['builders'] as const) : []), ...runs]) };
}
