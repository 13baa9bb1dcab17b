import { mappingOf } from '../../json.ts';
import { environmentOf } from '../../oci/environment.ts';
import { type HistoryEntry, namesIn, namesSurelyIn } from './history.ts';

type Settings = Readonly<Record<string, unknown>>;

/** What an image set itself: names of the `config` object, and members of its maps as `Env PATH`. */
export interface OwnSettings {
  readonly sure: ReadonlySet<string>;
  /** What it may have set: its history does not say for certain. */
  readonly possible: ReadonlySet<string>;
}

const settingOf: Readonly<Record<string, readonly string[]>> = {
  user: ['User'],
  cmd: ['Cmd', 'ArgsEscaped'],
  // It resets the command of the base (Dockerfile reference, CMD and ENTRYPOINT).
  entrypoint: ['Entrypoint', 'Cmd'],
  stopsignal: ['StopSignal'],
  healthcheck: ['Healthcheck'],
  shell: ['Shell'],
};
const mapOf: Readonly<Record<string, string>> = {
  env: 'Env',
  label: 'Labels',
  expose: 'ExposedPorts',
  volume: 'Volumes',
};

/** What the image's part of its history says it set, its values read from its configuration. */
export function ownSettings(history: readonly HistoryEntry[], app: Settings): OwnSettings {
  const sure = new Set<string>();
  const possible = new Set<string>();
  for (const { step } of history) {
    if (step.kind === 'workdir') sure.add('WorkingDir');
    if (step.kind !== 'setting') continue;
    for (const name of settingOf[step.keyword] ?? []) sure.add(name);
    const map = mapOf[step.keyword];
    if (map === undefined) continue;
    const members = membersOf(map, app);
    const isPairs = step.keyword === 'env' || step.keyword === 'label';
    const surely = isPairs
      ? namesSurelyIn(step.rest, (name) => members.get(name))
      : [...members.keys()].filter((name) => mentions(step.rest, name));
    for (const name of surely) sure.add(`${map} ${name}`);
    for (const name of isPairs ? namesIn(step.rest) : []) possible.add(`${map} ${name}`);
  }
  return { sure, possible };
}

function membersOf(map: string, app: Settings): ReadonlyMap<string, string> {
  if (map === 'Env') return environmentOf(app);
  return new Map(Object.entries(mappingOf(app[map]) ?? {}).map(([key, text]) => [key, String(text)]));
}

// `EXPOSE map[80/tcp:{}]`, `EXPOSE 80`, `VOLUME [/data /logs]`.
function mentions(text: string, name: string): boolean {
  const words = text.split(/[\s[\]{}",]+|(?<=\w):/).flatMap((word) => [word, `${word}/tcp`]);
  return words.includes(name);
}
