import type { Config } from '../../config/model.ts';
import { attempt, type Outcome } from '../../failure.ts';
import type { World } from '../../ports.ts';
import type { SignerProgram } from '../../sign/signer-space.ts';
import { type SignerDefinition, type Signers, signerDefinitions } from '../../sign/signers.ts';
import { verifierOf } from '../../sign/verifier.ts';
import { findTool } from '../../tools/find-tool.ts';
import { type DoctorFinding, ok, problem, problemOf } from '../check.ts';
import { askProgram, type VersionAnswer, versionIn } from './programs.ts';

/** A signing program that the configuration needs. */
export interface SignerFacts {
  readonly program: SignerProgram;
  readonly needed: string;
  readonly file: Outcome<string>;
  readonly version?: VersionAnswer;
}

/** Looks for the programs that sign, and that verify bases. */
export async function signersAtHand(
  world: World,
  { sign, trust, trustAttested }: Pick<Config, 'sign' | 'trust' | 'trustAttested'>,
  table: Signers = signerDefinitions,
): Promise<readonly SignerFacts[]> {
  const verifiers = new Set([...trust, ...trustAttested].map(({ signer }) => verifierOf(signer).program.name));
  const signing = sign === undefined ? [] : [lookFor(world, table[sign.tool], 'sign images', sign.path)];
  const verifying = [...verifiers].map((name) => lookFor(world, table[name], 'verify signatures'));
  return Promise.all([...signing, ...verifying]);
}

async function lookFor(
  world: World,
  { program, version }: SignerDefinition,
  needed: string,
  path?: string,
): Promise<SignerFacts> {
  const file = await attempt(program.name, () => findTool(world, path === undefined ? program : { ...program, path }));
  if (file.kind === 'failed') return { program, needed, file };
  return { program, needed, file, version: await askProgram(world, file.value, version) };
}

/** Whether what signs and verifies is there. */
export function signerFindings(signers: readonly SignerFacts[]): readonly DoctorFinding[] {
  return signers.map(({ program: { name, remedy }, needed, file, version }) => {
    if (file.kind === 'failed') return problemOf(file.failure);
    if (version?.kind === 'version') return ok(name, `${signerVersion(version.text)}, needed to ${needed}`);
    const why = version?.kind === 'refused' ? version.why : 'it cannot be run';
    return problem(name, `${file.value} does not answer (${why})`, remedy);
  });
}

// "GitVersion:    v3.1.1" of cosign, "Version:     1.3.2" of notation.
function signerVersion(text: string): string {
  return versionIn(/^\s*(?:Git)?Version:\s*v?(\S+)/m.exec(text)?.[1] ?? text);
}
