import { resolve } from 'node:path';
import type { World } from '../ports.ts';
import { referenceOf } from '../settings/domain-values.ts';
import type { InputName, Settings } from '../settings/settings.ts';
import { invalid, type Text } from '../settings/value.ts';
import type { buildInputs, engineInputs, rebaseInputs } from './inputs.ts';
import type { BuildSecret, BuildSettings, RebaseSettings } from './settings.ts';

/** How full builds are made. */
export function readBuildSettings(
  settings: Settings<typeof buildInputs>,
  world: Pick<World, 'cwd'>,
  root: string,
): BuildSettings {
  const generator = settings.text('sbom-generator')?.text;
  const acr = settings.text('acr-registry-id');
  const texts = (name: InputName<typeof buildInputs>) => settings.texts(name).map(({ text }) => text);
  return {
    freshness: settings.choice('freshness'),
    secrets: settings.texts('build-secret').map((text) => secretOf(text, world.cwd, root)),
    ssh: texts('build-ssh'),
    cacheFrom: texts('cache-from'),
    cacheTo: texts('cache-to'),
    timeout: settings.duration('build-timeout'),
    attempts: settings.number('build-attempts'),
    ...(acr === undefined ? {} : { acrRegistry: resourceOf(acr) }),
    ...(generator === undefined ? {} : { sbomGenerator: generator }),
  };
}

// It becomes part of an address to which a token goes.
function resourceOf(value: Text): string {
  const part = '[\\w.()-]+';
  const form = `^/subscriptions/${part}/resourceGroups/${part}/providers/Microsoft\\.ContainerRegistry/registries/${part}$`;
  if (new RegExp(form, 'i').test(value.text)) return value.text;
  const remedy = 'write /subscriptions/ID/resourceGroups/GROUP/providers/Microsoft.ContainerRegistry/registries/NAME';
  throw invalid(value, remedy);
}

// Commas part the fields of the builders' own options, so none may stand in what is put there.
/** Reads `ID=env:NAME` or `ID=file:PATH`; throws `config` for what is neither. */
export function secretOf(value: Text, cwd: string, root: string): BuildSecret {
  const [, id, kind, name] = /^([\w.-]+)=(env|file):([^,\r\n]+)$/.exec(value.text) ?? [];
  if (id === undefined || name === undefined) {
    throw invalid(value, 'write it as ID=env:NAME or ID=file:PATH');
  }
  if (kind === 'env') return { id, from: { kind: 'env', name } };
  // The file names files from its own folder, and who types an input from where they are.
  return { id, from: { kind: 'file', path: resolve(value.key === undefined ? cwd : root, name) } };
}

/** When layers are swapped instead of built, and what the command `rebase` moves an image from and to. */
export function readRebaseSettings(
  settings: Settings<readonly [...typeof engineInputs, ...typeof rebaseInputs]>,
): RebaseSettings {
  const [base, oldBase] = [settings.text('base'), settings.text('old-base')];
  return {
    policy: settings.choice('rebase'),
    smokeRun: settings.boolean('smoke-run'),
    ...(base === undefined ? {} : { base: referenceOf(base) }),
    ...(oldBase === undefined ? {} : { oldBase: referenceOf(oldBase) }),
    candidateOnly: settings.boolean('candidate-only'),
  };
}
