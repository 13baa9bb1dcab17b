import { resolve } from 'node:path';
import type { World } from '../ports.ts';
import type { Settings } from '../settings/settings.ts';
import { given } from '../table.ts';
import type { admissionInputs } from './inputs.ts';
import type { AdmissionSettings } from './settings.ts';

/** Which policy is printed, and whom it trusts. */
export function readAdmission(settings: Settings<typeof admissionInputs>, world: World): AdmissionSettings {
  const key = settings.text('admission-key');
  return {
    controller: settings.choice('admission-controller'),
    ...given('key', key === undefined ? undefined : resolve(world.cwd, key.text)),
  };
}
