import { fail } from '../failure.ts';
import type { Reference } from '../oci/reference.ts';
import type { Exit, World } from '../ports.ts';
import type { RegistrySettings } from '../registry/settings.ts';
import { mayBePlain } from '../registry/transport/endpoint.ts';
import { chosenFrom } from '../table.ts';
import type { ProgramPurpose } from '../text/exit-words.ts';
import { findTool } from '../tools/find-tool.ts';
import { scannerCredentials } from '../tools/registry-login.ts';
import { inToolSpace, type ToolSpace } from '../tools/tool-space.ts';
import type { SignerName } from './settings.ts';

/** What signing works with. */
export interface SigningContext {
  readonly world: World;
  readonly config: { readonly root: string; readonly registry: RegistrySettings };
  readonly log: (line: string) => void;
  readonly secret: (value: string) => void;
}

/** A signing program that is ready to run on the images of one registry. */
export interface ReadySigner {
  readonly space: ToolSpace;
  run(args: readonly string[]): Promise<Exit>;
}

const patience = 5 * 60_000;

/** A signing program. */
export interface SignerProgram {
  readonly name: SignerName;
  /** What to do where it is missing. */
  readonly remedy: string;
}

/** Runs work with a signing program that has the credentials of one registry and, of this environment, the variables named. */
export async function withSigner<T>(
  context: SigningContext,
  tool: SignerProgram & { readonly path?: string },
  image: Reference,
  variables: readonly string[],
  work: (signer: ReadySigner) => Promise<T>,
): Promise<T> {
  const { world, config, log, secret } = context;
  const { name } = tool;
  const file = await findTool(world, tool);
  const credential = await scannerCredentials(world, config.registry, secret)(image.registry);
  return inToolSpace(world, `base-image-refresh-${name}`, { [image.registry]: credential }, (space) => {
    const env = { ...space.env, ...variablesOf(world, variables) };
    const run = (args: readonly string[]) =>
      world.exec({
        file,
        args,
        env,
        cwd: space.cwd,
        timeout: patience,
        onLine: (line) => log(`${name}: ${line}`),
        answers: true,
      });
    return work({ space, run });
  });
}

// A name that ends in * stands for every variable that begins so.
function variablesOf({ env }: World, names: readonly string[]): Readonly<Record<string, string>> {
  const wanted = (name: string) =>
    names.some((pattern) => (pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern));
  return chosenFrom(env, wanted);
}

/** Whether a registry is spoken to without TLS. */
export function speaksPlainHttp({ config }: SigningContext, { registry }: Reference): boolean {
  return mayBePlain(config.registry.insecureHosts, registry);
}

/** What a signing program was run for, in the words of its failure. */
export function signAttempt(subject: string, { name, remedy }: SignerProgram, problem: string): ProgramPurpose {
  return { code: 'sign-failed', subject, step: name, problem: `${name} ${problem}`, install: remedy };
}

/** Why a signing program could not do its work. */
export function signFailure(subject: string, detail: string, remedy?: string) {
  return fail('sign-failed', subject, detail, remedy);
}
