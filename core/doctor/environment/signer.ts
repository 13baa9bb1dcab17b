import type { Config } from '../../config/model.ts';
import { attempt, type Outcome } from '../../failure.ts';
import type { World } from '../../ports.ts';
import type { SignerName } from '../../sign/settings.ts';
import { remedies } from '../../sign/signer-space.ts';
import { findTool } from '../../tools/find-tool.ts';
import { type Finding, ok, problem, problemOf } from '../check.ts';
import { type Answer, askProgram, versionIn } from './programs.ts';

/** A signing program that the configuration needs. */
export interface SignerFacts {
  readonly name: SignerName;
  readonly needed: string;
  readonly file: Outcome<string>;
  readonly version?: Answer;
}

interface Need {
  readonly name: SignerName;
  readonly needed: string;
  readonly path?: string;
}

/** Looks for the programs that sign, and that verify bases. */
export async function signersAtHand(
  world: World,
  { sign, trust, trustAttested }: Config,
): Promise<readonly SignerFacts[]> {
  const verifiers = [...trust, ...(trustAttested ?? [])].map(
    ({ signer }): SignerName => (signer.kind === 'notation' ? 'notation' : 'cosign'),
  );
  const needs: readonly Need[] = [
    ...(sign === undefined
      ? []
      : [{ name: sign.tool, needed: 'sign images', ...(sign.path === undefined ? {} : { path: sign.path }) }]),
    ...[...new Set(verifiers)].map((name) => ({ name, needed: 'verify signatures' })),
  ];
  return Promise.all(
    needs.map(async ({ name, path, needed }) => {
      const query = { name, remedy: remedies[name], ...(path === undefined ? {} : { path }) };
      const file = await attempt(name, () => findTool(world, query));
      if (file.kind === 'failed') return { name, needed, file };
      return { name, needed, file, version: await askProgram(world, file.value, ['version']) };
    }),
  );
}

/** Whether what signs and verifies is there. */
export function signerFindings(signers: readonly SignerFacts[]): readonly Finding[] {
  return signers.map(({ name, needed, file, version }) => {
    if (file.kind === 'failed') return problemOf(file.failure);
    if (version?.kind === 'version') return ok(name, `${signerVersion(version.text)}, needed to ${needed}`);
    const why = version?.kind === 'refused' ? version.why : 'it cannot be run';
    return problem(name, `${file.value} does not answer (${why})`, remedies[name]);
  });
}

// "GitVersion:    v3.1.1" of cosign, "Version:     1.3.2" of notation.
function signerVersion(text: string): string {
  return versionIn(/^\s*(?:Git)?Version:\s*v?(\S+)/m.exec(text)?.[1] ?? text);
}
