import type { Host, World } from '../ports.ts';
import type { Registry } from '../registry/registry.ts';
import type { RegistrySettings } from '../registry/settings.ts';
import type { StructureTests } from './structure/tests.ts';

/** What a test can require to be absent from an image. */
export const absences = ['shell', 'package-manager', 'setuid'] as const;

/** What must not be in an image. */
export type Absence = (typeof absences)[number];

/** What can run a test command. */
export const runners = ['auto', 'docker', 'podman', 'buildah'] as const;
export type RunnerName = Exclude<(typeof runners)[number], 'auto'>;

/** What a candidate must show before it may be promoted. */
export interface TestSettings {
  /** Argument vector that must succeed in the candidate. */
  readonly command?: readonly string[];
  /** Milliseconds that the command may take. */
  readonly timeout: number;
  readonly runner: RunnerName | 'auto';
  /** Files of structure tests, relative to the root. */
  readonly structure: readonly string[];
  readonly absent: readonly Absence[];
  /** Whether what may break is only reported or also fails; absent compares configurations alone and reports. */
  readonly compatibility?: 'report' | 'fail';
}

/** What one image is tried by, its files read. */
export interface Tests {
  readonly settings: TestSettings;
  readonly structure: readonly StructureTests[];
}

/** What trying a candidate takes of a run. */
export interface ValidationContext {
  readonly world: World;
  readonly registry: Registry;
  readonly host: Pick<Host, 'log' | 'secret'>;
  readonly config: { readonly registry: RegistrySettings };
}
