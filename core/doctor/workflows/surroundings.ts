import type { Patient } from '../examination.ts';
import type { Surroundings } from './step.ts';

/** What the repository and its configuration mean for the steps of its workflows. */
export async function surroundingsOf({ config, discovery }: Patient): Promise<Surroundings> {
  const { builds } = await discovery();
  const { sign, scanner } = config;
  return {
    publishesToGhcr: builds.some(({ build }) => build.releases.some(({ registry }) => registry === 'ghcr.io')),
    knowsPlaces: builds.every(({ build }) => build.releases.length > 0),
    hasPins: builds.some(
      ({ dockerfile }) =>
        dockerfile.kind === 'read' && dockerfile.bases.some(({ reference }) => reference.digest !== undefined),
    ),
    signsKeyless: sign?.tool === 'cosign' && sign.key === undefined,
    installsScanner: scanner.install === true,
    usesTrivy: (scanner.tool ?? 'trivy') === 'trivy',
    engine: config.engine,
  };
}
