import type { Host, ImageStage, World } from '../ports.ts';

/** How long the stages of images took, by the name of the image. */
export type StageTimes = Map<string, Map<ImageStage, StageTime>>;

interface StageTime {
  /** How much of this stage of the image goes on side by side. */
  active: number;
  since: number;
  /** Of what has ended. */
  milliseconds: number;
}

interface Timed {
  readonly host: Host;
  readonly world: World;
  readonly stageTimes?: StageTimes;
}

/** Does a stage of an image, lets the host show it, and remembers how long it took; what goes on side by side counts once. */
export async function inStage<T>(run: Timed, name: string, stage: ImageStage, work: () => Promise<T>): Promise<T> {
  const { world, stageTimes = new Map() } = run;
  const ofImage: Map<ImageStage, StageTime> = stageTimes.get(name) ?? new Map();
  stageTimes.set(name, ofImage);
  const time = ofImage.get(stage) ?? { active: 0, since: 0, milliseconds: 0 };
  ofImage.set(stage, time);
  if (time.active === 0) time.since = world.now().getTime();
  time.active += 1;
  try {
    return await (run.host.progress === undefined ? work() : run.host.progress.stage(stage, work));
  } finally {
    time.active -= 1;
    if (time.active === 0) time.milliseconds += world.now().getTime() - time.since;
  }
}

/** Does the work on one of so many images, and lets the host show it. */
export function onImage<T>(
  { host }: Pick<Timed, 'host'>,
  name: string,
  of: number,
  work: () => Promise<T>,
): Promise<T> {
  return host.progress === undefined ? work() : host.progress.image(name, of, work);
}
