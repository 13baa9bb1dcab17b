import { fieldsOf } from '../../discover/options.ts';
import type { BuildOrder } from '../engine.ts';
import { valuesOf } from '../options.ts';
import type { BuildSettings } from '../settings.ts';

type Asked = Pick<BuildOrder, 'build'>;
type Settings = Pick<BuildSettings, 'sbomGenerator'>;

// What BuildKit takes where none is named.
const usual = 'docker/buildkit-syft-scanner';

/** The arguments for an SBOM, where one is wanted: the generator of the run goes before that of the release build. */
export function sbomAttestation({ build }: Asked, settings: Settings): readonly string[] {
  if (settings.sbomGenerator !== undefined) return [`--attest=type=sbom,generator=${settings.sbomGenerator}`];
  const asked = valuesOf(build.options, 'sbom').at(-1);
  return asked === undefined ? [] : [`--attest=type=sbom${asked === '' ? '' : `,${asked}`}`];
}

/** The image that writes the SBOM; undefined where none is wanted. */
export function sbomGenerator({ build }: Asked, settings: Settings): string | undefined {
  if (settings.sbomGenerator !== undefined) return settings.sbomGenerator;
  const asked = valuesOf(build.options, 'sbom').at(-1);
  return asked === undefined ? undefined : (fieldsOf(asked).get('generator') ?? usual);
}
