import { configStatementsFor } from '../config/per-image.ts';
import type { Build } from '../discover/build.ts';
import { instructionsOf } from '../dockerfile/instructions.ts';
import { configFileName } from '../product.ts';
import { type HostKind, inputLabel } from '../settings/input.ts';
import type { Run } from './context.ts';

/** What only the checkout's configuration file states of a build, and how to settle whether it holds for a release. */
export interface Unsettled {
  readonly detail: string;
  readonly remedy: string;
}

/**
 * What the configuration file that is checked out states of a build, what nothing states at the commit of the release, and
 * what its Dockerfile there uses: the release may have been built with it, or without. Undefined where there is no such.
 */
export function unsettledIn(
  { config, host }: Pick<Run, 'config' | 'host'>,
  here: Build,
  there: Build,
  dockerfile: string,
): Unsettled | undefined {
  const { args, target } = configStatementsFor(config, here);
  const given = config.stated?.args ?? {};
  const uses = usesOf(dockerfile);
  if (target !== undefined && there.target === undefined && uses.stages.has(target.toLowerCase()))
    return unsettled(host.kind, 'target', 'the target', target, target);
  if (Object.keys(there.args).some((name) => given[name] === undefined)) return undefined;
  const lost = Object.entries(args).find(([name]) => uses.args.has(name) && there.args[name] === undefined);
  if (lost === undefined) return undefined;
  return unsettled(host.kind, 'build-arg', `the build argument ${lost[0]}`, lost[1], `${lost[0]}=…`);
}

function unsettled(host: HostKind, input: string, what: string, value: string, given: string): Unsettled {
  return {
    detail: `${what} is ${JSON.stringify(value.slice(0, 100))} in ${configFileName} as it is checked out, and nothing states it there`,
    remedy: `give what the release was built with by ${inputLabel(host, input)} ${given}, or set ${inputLabel(host, 'source')} to checkout once to build what is checked out and record it`,
  };
}

/** The names of arguments that a Dockerfile declares, and those of its stages by name and number. */
function usesOf(dockerfile: string) {
  const args = new Set<string>();
  const stages = new Set<string>();
  let stage = 0;
  for (const { keyword, words } of instructionsOf(dockerfile)) {
    if (keyword === 'arg') for (const word of words) args.add(word.split('=', 1)[0] ?? '');
    if (keyword !== 'from') continue;
    stages.add(String(stage));
    if (words.at(-2)?.toLowerCase() === 'as') stages.add(words.at(-1)?.toLowerCase() ?? '');
    stage += 1;
  }
  return { args, stages };
}
