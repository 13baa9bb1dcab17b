import type { BuildSettings } from '../../core/rebuild/settings.ts';
import type { UpdateSettings } from '../../core/update/settings.ts';

/** The build settings of a run without inputs. */
export const defaultBuild: BuildSettings = {
  freshness: 'no-cache',
  secrets: [],
  ssh: [],
  cacheFrom: [],
  cacheTo: [],
  timeout: 3_600_000,
  attempts: 3,
};

/** The update settings of a run without inputs. */
export const defaultUpdate: UpdateSettings = {
  policy: 'minor',
  suffix: 'keep',
  longTermOnly: true,
  preReleases: false,
  pinDigests: false,
  minimumAge: 0,
  ignore: [],
  group: 'base-images',
  write: false,
  repairPins: false,
  scanHeld: false,
  rules: [],
};
