import { coerce, gte } from 'semver';
import { mappingOf, parsed } from '../../json.ts';
import { type Platform, parsePlatform } from '../../oci/platform.ts';
import type { Exec } from '../../ports.ts';
import { lastLine } from '../../tools/tool-output.ts';
import { type Unsuitable, unanswered, unsuitable } from '../unsuitable.ts';

/** The two tools that share one builder. */
export type ContainersTool = 'buildah' | 'podman';

/** A tool that can build, or why it cannot. */
export type ProbedTool = { readonly kind: 'ready'; readonly platform: Platform } | Unsuitable;

/** The first releases with secrets from variables and named build contexts. */
const least: Readonly<Record<ContainersTool, string>> = { buildah: '1.24.0', podman: '4.0.0' };
const questions: Readonly<Record<ContainersTool, readonly string[]>> = {
  buildah: ['version', '--json'],
  podman: ['version', '--format', '{{json .}}'],
};
const probeTimeout = 60_000;

/** Asks the tool for its version and platform. */
export async function probeTool(
  exec: Exec,
  tool: ContainersTool,
  env: Readonly<Record<string, string>>,
): Promise<ProbedTool> {
  const exit = await exec({ file: tool, args: questions[tool], env, timeout: probeTimeout });
  if (exit.kind !== 'exited') return unanswered(exit, `${tool} version`);
  const found = exit.code === 0 ? answerIn(exit.stdout) : undefined;
  if (found === undefined) return unsuitable(`${tool} does not work here (${lastLine(exit.stderr)})`);
  const release = coerce(found.version);
  if (release !== null && !gte(release, least[tool])) {
    return unsuitable(`${tool} ${found.version} is too old`, `install ${tool} ${least[tool]} or later`);
  }
  return { kind: 'ready', platform: found.platform };
}

// Where podman builds on another machine, that one's platform counts.
function answerIn(text: string): { readonly version: string; readonly platform: Platform } | undefined {
  const answer = mappingOf(parsed(text));
  const said = mappingOf(answer?.Server) ?? mappingOf(answer?.Client) ?? answer;
  const platform = parsePlatform(String(said?.osArch ?? said?.OsArch));
  return platform === undefined ? undefined : { version: String(said?.version ?? said?.Version), platform };
}
