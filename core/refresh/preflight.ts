import { attempt, describeFailure, type Failure, fail } from '../failure.ts';
import type { PlanStep, RefreshPlan } from '../plan/plan.ts';
import { signerDefinitions } from '../sign/signers.ts';
import { verifierOf } from '../sign/verifier.ts';
import { findTool } from '../tools/find-tool.ts';
import type { Run } from './context.ts';
import { lacksBefore } from './foresee.ts';

type Rebuild = Extract<PlanStep, { readonly kind: 'rebuild' }>;

/**
 * What every image of the run would lack once it is built (the scanner, its database, the programs that sign and verify),
 * in one failure that also names what single builds lack; undefined where nothing keeps the run from its work.
 */
export async function preflight(run: Run, { levels }: RefreshPlan): Promise<Failure | undefined> {
  const steps = levels.flat().filter((step): step is Rebuild => step.kind === 'rebuild');
  if (steps.length === 0 || run.config.dryRun) return undefined;
  const shared = (await Promise.all([scannerLack(run), ...signerLacks(run)])).flatMap((lack) => lack ?? []);
  const [first] = shared;
  if (first === undefined) return undefined;
  const own = await Promise.all(steps.map((step) => lacksBefore(run, { image: step.image, step })));
  const lacks = [...shared, ...own.flatMap((lack) => lack ?? [])];
  if (lacks.length === 1) return first;
  const { code, retryable } = first;
  const sentences = [...new Set(lacks.map((lack) => describeFailure(lack).replace(/\.$/, '')))];
  const detail = `lacks what ${steps.length === 1 ? 'the image needs' : 'the images need'}, so nothing was built: ${sentences.join(' | ')}`;
  return fail(code, 'this machine', detail, undefined, { retryable }).failure;
}

// Its database is needed by the first scan anyway; here no build waits for it.
async function scannerLack({ scanner, config }: Run): Promise<Failure | undefined> {
  // Where signed verdicts stand in place of scans, none may be needed.
  if (config.verdictMaxAge !== undefined && (config.trustVerdicts ?? []).length > 0) return undefined;
  const ready = await attempt(scanner.name, async () => scanner.prepare?.());
  return ready.kind === 'failed' ? ready.failure : undefined;
}

function signerLacks({ world, config }: Run): readonly Promise<Failure | undefined>[] {
  const { sign, trust } = config;
  const verifiers = trust.map(({ signer }) => verifierOf(signer).program);
  const signing = sign === undefined ? [] : [{ ...signerDefinitions[sign.tool].program, ...pathOf(sign.path) }];
  const wanted = new Map([...verifiers, ...signing].map((program) => [program.name, program]));
  return [...wanted.values()].map(async (program) => {
    const found = await attempt(program.name, () => findTool(world, program));
    return found.kind === 'failed' ? found.failure : undefined;
  });
}

function pathOf(path: string | undefined): { readonly path?: string } {
  return path === undefined ? {} : { path };
}
