import { afterAll, beforeAll, expect, it } from 'vitest';
import { canonical, known, neededImages, type Recorded, readRecorded, recorded } from '../dockerfile/recorded.ts';
import { askBuildKit } from './setup/ask-buildkit.ts';
import { type RunningDockerd, startDockerd } from './setup/dockerd.ts';
import { type EveryImage, startEveryImage } from './setup/every-image.ts';
import { describeWith } from './setup/parts.ts';

// Asking takes a tenth of a second: one file in so many is asked about; CORPUS=all asks about every one.
const step = process.env.CORPUS === 'all' ? 1 : 13;

// What ends the engine is not asked again; neither is what newer engines answer otherwise.
const left = new Set([...Object.keys(known), 'lint-wd-win']);

function isAsked({ name, refused }: Recorded, at: number): boolean {
  return at % step === 0 && refused !== 'the engine ends' && !left.has(name);
}

describeWith(['dockerd'], 'what the corpus says of BuildKit', () => {
  let registry: EveryImage;
  let engine: RunningDockerd;
  beforeAll(async () => {
    registry = await startEveryImage();
    engine = await startDockerd({ mirror: registry.host });
  });
  afterAll(async () => {
    await engine.stop();
    await registry.stop();
  });

  it.each(['buildkit', 'hostile', 'generated', 'lint'].flatMap(recorded).filter(isAsked))(
    '$name',
    async (file: Recorded) => {
      const answer = await askBuildKit(engine.env, file);
      const reading = readRecorded(file);
      expect(answer.images === undefined ? 'refused' : 'read', answer.words).toBe(
        file.images === undefined && file.refused === undefined ? 'refused' : reading.kind,
      );
      if (answer.images !== undefined) expect(neededImages(reading)).toEqual(canonical(answer.images));
    },
  );
});
