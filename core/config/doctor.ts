import type { Settings } from './merged-settings.ts';
import type { Config } from './model.ts';

/** How far the doctor goes; nothing for any other command. */
export function readDoctor(settings: Settings, command: Config['command']): Pick<Config, 'doctor'> {
  if (command !== 'doctor') return {};
  return { doctor: { offline: settings.boolean('offline'), testPush: settings.boolean('test-push') } };
}
