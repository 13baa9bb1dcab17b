import type { Config, ImageConfigEntry } from './config.ts';
import type { Build } from './discover/build.ts';
import type { GatePolicy } from './gate.ts';

/** The gate policy of one image: the run's, with what the configuration says for this image on top. */
export function policyFor(config: Config, build: Build): GatePolicy {
  return { ...config.gate, ...entryFor(config, build)?.gate };
}

/** The engine wanted for one image. */
export function engineFor(config: Config, build: Build): Config['engine'] {
  return entryFor(config, build)?.engine ?? config.engine;
}

function entryFor(config: Config, build: Build): ImageConfigEntry | undefined {
  return (
    config.images.find((entry) => entry.name === build.name) ??
    config.images.find((entry) => entry.name === undefined && entry.dockerfile === build.dockerfile)
  );
}
