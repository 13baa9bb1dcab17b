import { itemsOf, mappingOf } from '../json.ts';
import { environmentOf } from '../oci/environment.ts';
import type { ImageConfig } from '../oci/manifest.ts';

/** How containers of an image run, as far as its configuration says (OCI image-spec, config.md#properties). */
export interface ContainerSettings {
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly user: string;
  readonly workdir: string;
  readonly stopSignal: string;
  readonly env: Readonly<Record<string, string>>;
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
}

/** Reads a configuration's settings; what it does not say is empty. */
export function containerSettings({ config }: ImageConfig): ContainerSettings {
  return {
    entrypoint: wordsIn(config.Entrypoint),
    cmd: wordsIn(config.Cmd),
    user: textIn(config.User),
    workdir: textIn(config.WorkingDir),
    stopSignal: textIn(config.StopSignal),
    env: Object.fromEntries(environmentOf(config)),
    ports: namesIn(config.ExposedPorts),
    volumes: namesIn(config.Volumes),
  };
}

function wordsIn(value: unknown): readonly string[] {
  return itemsOf(value).filter((word) => typeof word === 'string');
}

function textIn(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function namesIn(value: unknown): readonly string[] {
  return Object.keys(mappingOf(value) ?? {}).sort();
}
