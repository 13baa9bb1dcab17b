import type { Distribution } from '../layers/distribution.ts';
import type { ContainerSettings } from './run-configuration.ts';
import type { SettingChange } from './validation.ts';

/** What whoever runs an image relies on. */
export interface Facts {
  readonly settings: ContainerSettings;
  /** Null where the image does not say which it is; absent where its files were not read. */
  readonly distribution?: Distribution | null;
}

type Difference = Omit<SettingChange, 'platform'>;

/** What of one platform is not as it was. */
export function differences(before: Facts, after: Facts): readonly Difference[] {
  const [old, fresh] = [before.settings, after.settings];
  return [
    ...words('entrypoint', old.entrypoint, fresh.entrypoint),
    ...words('command', old.cmd, fresh.cmd),
    ...plain('user', old.user, fresh.user, true),
    ...plain('working folder', old.workdir, fresh.workdir, true),
    ...plain('stop signal', old.stopSignal, fresh.stopSignal, false),
    ...members('port', old.ports, fresh.ports, true),
    ...members('volume', old.volumes, fresh.volumes, false),
    ...variables(old.env, fresh.env),
    ...systems(before.distribution, after.distribution),
  ];
}

function plain(what: string, from: string, to: string, breaking: boolean): readonly Difference[] {
  return from === to ? [] : [{ what, from: from || null, to: to || null, breaking }];
}

function words(what: string, from: readonly string[], to: readonly string[]): readonly Difference[] {
  const text = (list: readonly string[]) => (list.length === 0 ? '' : JSON.stringify(list));
  return plain(what, text(from), text(to), true);
}

function members(
  what: string,
  from: readonly string[],
  to: readonly string[],
  breaksWhenGone: boolean,
): readonly Difference[] {
  return [
    ...from
      .filter((entry) => !to.includes(entry))
      .map((entry) => ({ what, from: entry, to: null, breaking: breaksWhenGone })),
    ...to.filter((entry) => !from.includes(entry)).map((entry) => ({ what, from: null, to: entry, breaking: false })),
  ];
}

// The values of variables are versions of the base more often than not, and may be secrets: names are enough.
function variables(from: ContainerSettings['env'], to: ContainerSettings['env']): readonly Difference[] {
  const names = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort();
  return names.flatMap((name): readonly Difference[] => {
    const [old, fresh] = [from[name], to[name]];
    if (old === fresh) return [];
    if (old === undefined) return [{ what: 'variable', from: null, to: name, breaking: false }];
    if (fresh === undefined) return [{ what: 'variable', from: name, to: null, breaking: true }];
    return [{ what: 'variable', from: name, to: name, breaking: false }];
  });
}

function systems(from: Facts['distribution'], to: Facts['distribution']): readonly Difference[] {
  if (from === undefined || to === undefined) return [];
  return [
    ...plain('distribution', nameOf(from), nameOf(to), true),
    ...plain('C library', from?.libc ?? '', to?.libc ?? '', true),
  ];
}

function nameOf(distribution: Distribution | null): string {
  return distribution === null ? '' : `${distribution.id} ${distribution.release}`;
}

/** A change in words: "user from app to root (linux/amd64)". */
export function describeChange(change: SettingChange): string {
  const { platform } = change;
  return platform === undefined ? moveOf(change) : `${moveOf(change)} (${platform})`;
}

function moveOf({ what, from, to }: SettingChange): string {
  if (from === null) return `${what} ${to} is new`;
  if (to === null) return `${what} ${from} is gone`;
  return from === to ? `${what} ${to} has another value` : `${what} from ${from} to ${to}`;
}
